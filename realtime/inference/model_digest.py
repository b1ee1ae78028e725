"""One digest for a model of several files: what a manifest pins and the evidence log quotes."""

import hashlib
from collections.abc import Mapping
from pathlib import Path


def sha256_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def combined(digests: Mapping[str, str]) -> str:
    """sha256 over the sorted lines ``<sha256>  <name>``: the same as ``sha256sum * | sha256sum``."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
