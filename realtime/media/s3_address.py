"""Where a bucket is, as a setting says it; apart from the client, which takes its time to load."""

from urllib.parse import urlsplit


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """Of ``s3://bucket/prefix``. Raises ``ValueError``."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("an S3 store is s3://bucket or s3://bucket/prefix")
    return parts.netloc, parts.path.strip("/")
