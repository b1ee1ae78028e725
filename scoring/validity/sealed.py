"""Files that propose something: JSON with a digest, so that what was looked at is what is approved."""

import hashlib
from pathlib import Path
from typing import Any, TypeVar

import msgspec


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``digest``: sha256 over the canonical JSON of everything else."""

    digest: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where figures came from: a file by its name and SHA-256, or the store."""

    name: str
    sha256: str = ""


class SealBroken(Exception):
    """The file is not one of ours, or was changed after it was made."""

    code = "seal_broken"
    retry = False
    fault = "client"


_S = TypeVar("_S", bound=Sealed)


def digest_of(fields: dict[str, Any]) -> str:
    rest = {name: value for name, value in fields.items() if name != "digest"}
    return "sha256:" + hashlib.sha256(msgspec.json.encode(rest, order="deterministic")).hexdigest()


def seal(proposal: _S) -> _S:
    return msgspec.structs.replace(proposal, digest=digest_of(msgspec.to_builtins(proposal)))


def to_json(proposal: Sealed) -> bytes:
    return msgspec.json.format(msgspec.json.encode(proposal, order="deterministic"), indent=2) + b"\n"


def from_json(data: bytes, kind: type[_S], file: str) -> _S:
    """SealBroken says what is wrong with ``file``. The digest is that of what stands in it, so that a field which a
    later version adds breaks no older file."""
    try:
        proposal = msgspec.json.decode(data, type=kind)
        fields = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SealBroken(f"{file}: not a {kind.__name__}: {error}") from None
    if digest_of(fields) != proposal.digest:
        raise SealBroken(f"{file}: was changed after it was made (its digest does not fit); make it again")
    return proposal


def source(path: Path) -> Source:
    return Source(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
