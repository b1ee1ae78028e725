"""Squares cut out of many pictures at once, where the network is: what ``face_picture.sample_square`` does, in torch.

Pictures of a batch have different sizes, so their parts travel end to end in one run of bytes and each output pixel
looks its four neighbours up by number: one copy to the device and no padding. Values are cut down to whole steps as
Pillow's are, so that a face is the same face on either engine.
"""

# Torch is an extra: without it mypy sees Any.
# mypy: disable-error-code="import-not-found,unused-ignore"

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from realtime.inference.engine import Picture
from realtime.inference.face_picture import Region, sampling, under

MOST_BYTES = 256 * 2**20
"""Of one copy to the device: 256 pictures of 640 x 480, or five of the largest that are looked at."""

Item = tuple[Picture, Region]


@dataclass(frozen=True, slots=True)
class Parts:
    """``pixels``: (all, 3). ``places``: per item (first pixel, height, width), int64. ``walks``: per item (x and y of
    the first output pixel in its part, step x, step y), float32."""

    pixels: npt.NDArray[np.uint8]
    places: npt.NDArray[np.int64]
    walks: npt.NDArray[np.float32]


def groups(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    """In order, at most ``most`` at a time and no more bytes than ``MOST_BYTES``, but at least one."""
    start = taken = 0
    for at, (picture, _) in enumerate(items):
        if at > start and (at - start == most or taken + picture.nbytes > MOST_BYTES):
            yield items[start:at]
            start, taken = at, 0
        taken += picture.nbytes
    if start < len(items):
        yield items[start:]


def parts_of(items: Sequence[Item], size: int) -> Parts:
    parts, places, walks, first = [], [], [], 0
    for picture, region in items:
        rows, columns = under(picture, region)
        part = picture[rows, columns]
        height, width = part.shape[:2]
        parts.append(part)
        places.append((first, height, width))
        walks.append(sampling(region, columns.start, rows.start, size))
        first += height * width
    pixels = np.empty((first, 3), np.uint8)
    for part, (start, height, width) in zip(parts, places, strict=True):
        pixels[start : start + height * width].reshape(height, width, 3)[...] = part  # the only copy on this side
    return Parts(pixels, np.array(places, np.int64), np.array(walks, np.float32))


def squares(parts: Parts, size: int, edge: bool, device: torch.device) -> torch.Tensor:
    """(n, size, size, 3) float32 in whole steps of 0..255, on ``device``. Outside: the edge repeated, or black."""
    pixels = torch.from_numpy(parts.pixels).to(device, non_blocking=True)
    first, height, width = torch.from_numpy(parts.places).to(device).t()[:, :, None, None]
    first_x, first_y, step_x, step_y = torch.from_numpy(parts.walks).to(device).t()[:, :, None, None]
    steps = torch.arange(size, device=device, dtype=torch.float32)
    column, row = steps[None, None, :], steps[None, :, None]
    x = first_x + step_x * column - step_y * row
    y = first_y + step_y * column + step_x * row
    left, top = torch.floor(x), torch.floor(y)

    def pixel(down: int, right: int) -> torch.Tensor:
        at_y = torch.minimum((top + down).long().clamp(min=0), height - 1)
        at_x = torch.minimum((left + right).long().clamp(min=0), width - 1)
        return pixels[first + at_y * width + at_x].to(torch.float32)

    along, across = (x - left)[..., None], (y - top)[..., None]
    upper = torch.lerp(pixel(0, 0), pixel(0, 1), along)
    lower = torch.lerp(pixel(1, 0), pixel(1, 1), along)
    values = torch.floor(torch.lerp(upper, lower, across))
    if edge:
        return values
    inside = (x >= -0.5) & (y >= -0.5) & (x < width - 0.5) & (y < height - 0.5)
    return values * inside[..., None]
