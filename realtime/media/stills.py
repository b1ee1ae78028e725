"""JPEG in and out, with limits: a picture from the world can be a bomb."""

import io
import warnings

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from realtime.media.errors import MediaError

Picture = npt.NDArray[np.uint8]

MAX_PIXELS = 1920 * 1088
MAX_SIDE = 640
"""What analysis and a still on HR's page need; larger pictures are made smaller."""


def decode_jpeg(data: bytes) -> Picture:
    """RGB (height, width, 3), at most ``MAX_SIDE`` wide or high. Raises ``MediaError`` picture_invalid,
    picture_too_large (told from the header, before anything is decoded)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=("JPEG",))
            if image.width * image.height > MAX_PIXELS:
                raise MediaError("picture_too_large", f"{image.width} x {image.height} pixels")
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # lets the decoder skip what would be thrown away
            picture = image.convert("RGB")
            picture.thumbnail((MAX_SIDE, MAX_SIDE))
            return np.asarray(picture)
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise MediaError("picture_invalid", type(error).__name__) from None
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for broken data
        raise MediaError("picture_invalid", type(error).__name__) from None


def encode_jpeg(picture: Picture, quality: int = 80) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
