"""Inputs that nobody meant to send: seeds, bent at random. Pure; the same generator gives the same inputs."""

import random
from collections.abc import Callable, Iterator, Sequence

INTERESTING = (0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 191, 192, 223, 224, 254, 255)
MAX_BYTES = 70_000
"""A little over every limit that a parser has."""


def inputs(seeds: Sequence[bytes], rng: random.Random) -> Iterator[bytes]:
    """Without an end: each seed as it is, then each bent by one to eight mutations, now and then pure noise."""
    yield from seeds
    while True:
        if rng.random() < 0.02:
            yield rng.randbytes(rng.choice((0, 1, 2, 11, 12, 16, 100, 1500)))
            continue
        data = rng.choice(seeds)
        for _ in range(rng.randint(1, 8)):
            data = rng.choice(_MUTATIONS)(data, seeds, rng)
        yield data[:MAX_BYTES]


def _place(data: bytes, rng: random.Random) -> int:
    """Half of all the harm is done near the head, where lengths and types stand."""
    return rng.randrange(min(len(data), 32) if rng.random() < 0.5 else len(data)) if data else 0


def _flip(data: bytes, _seeds: Sequence[bytes], rng: random.Random) -> bytes:
    return _put(data, _place(data, rng), lambda byte: byte ^ 1 << rng.randrange(8))


def _set(data: bytes, _seeds: Sequence[bytes], rng: random.Random) -> bytes:
    return _put(data, _place(data, rng), lambda _: rng.choice(INTERESTING))


def _put(data: bytes, at: int, change: Callable[[int], int]) -> bytes:
    if not data:
        return data
    bent = bytearray(data)
    bent[at] = change(bent[at])
    return bytes(bent)


def _cut(data: bytes, _seeds: Sequence[bytes], rng: random.Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def _remove(data: bytes, _seeds: Sequence[bytes], rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + data[at + rng.randint(1, 16) :]


def _insert(data: bytes, _seeds: Sequence[bytes], rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + rng.randbytes(rng.randint(1, 16)) + data[at:]


def _repeat(data: bytes, _seeds: Sequence[bytes], rng: random.Random) -> bytes:
    at, length = _place(data, rng), rng.randint(1, 64)
    return data[:at] + data[at : at + length] * rng.choice((2, 3, 50, 1000)) + data[at + length :]


def _splice(data: bytes, seeds: Sequence[bytes], rng: random.Random) -> bytes:
    other = rng.choice(seeds)
    return data[: _place(data, rng)] + other[_place(other, rng) :]


def _number(data: bytes, _seeds: Sequence[bytes], rng: random.Random) -> bytes:
    """A field of two or four bytes at one of its borders."""
    width = rng.choice((2, 4))
    value = rng.choice((0, 1, 2 ** (8 * width) - 1, 2 ** (8 * width - 1), 2 ** (8 * width - 1) - 1))
    at = _place(data, rng)
    return data[:at] + value.to_bytes(width, "big") + data[at + width :]


_MUTATIONS = (_flip, _set, _cut, _remove, _insert, _repeat, _splice, _number)
