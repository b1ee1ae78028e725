"""What an outside rater said about an answer: stored once, read by every later fold.

An opinion belongs to one transcript, named by its digest; if that changes, the opinion no longer counts. A level
counts only with a quote that stands verbatim in the transcript; a quote that does not is thrown away.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from scoring.analysis.finding import Span
from scoring.analysis.reading import Reading
from scoring.analysis.transcript import CJK, Transcript
from scoring.bilingual import Bilingual
from scoring.raters import Rating

MIN_QUOTE = 6
"""Letters or Chinese characters: less could stand anywhere."""
MOST_QUOTES = 3


class OpinionRating(msgspec.Struct, frozen=True):
    """``level`` 1-5 as the rater gave it; ``quotes`` as it gave them, found in the transcript or not."""

    competency_id: str
    level: float
    quotes: tuple[str, ...]
    why: Bilingual


class Opinion(msgspec.Struct, frozen=True, tag_field="kind", tag="opinion"):
    """``rater``: name with version, as reports name it. ``model``: what the engine called itself. ``failure``: the
    code of what went wrong instead of ratings. ``taken_at``: RFC 3339, carried only."""

    question_id: str
    rater: str
    model: str
    transcript: str
    ratings: tuple[OpinionRating, ...] = ()
    failure: str = ""
    taken_at: str = ""


class OpinionInvalid(Exception):
    """A stored opinion that cannot be read: the store is damaged."""

    code = "opinion_invalid"
    retry = False
    fault = "server"


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Opinion)


def encode(opinion: Opinion) -> bytes:
    return _encoder.encode(opinion)


def read(lines: Iterable[bytes]) -> list[Opinion]:
    """In the order in which they were stored. OpinionInvalid if one is damaged."""
    found: list[Opinion] = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(_decoder.decode(line))
        except msgspec.DecodeError as error:
            raise OpinionInvalid(f"opinion {number}: {error}") from None
    return found


def digest_of(transcript: Transcript) -> str:
    return "sha256:" + hashlib.sha256(transcript.text.encode("utf-8", "surrogatepass")).hexdigest()


def latest(opinions: Sequence[Opinion], question_id: str, transcript: Transcript) -> list[Opinion]:
    """The last word of each rater on this transcript, by rater; one that only failed does not undo an earlier one."""
    wanted = digest_of(transcript)
    by_rater: dict[str, Opinion] = {}
    for opinion in opinions:
        if opinion.question_id == question_id and opinion.transcript == wanted:
            if opinion.failure and opinion.rater in by_rater:
                continue
            by_rater[opinion.rater] = opinion
    return [by_rater[name] for name in sorted(by_rater)]


@dataclass(frozen=True, slots=True)
class Counted:
    """A rating of an outside rater that counts, with its quotes as places in the transcript."""

    rater: str
    rating: Rating
    spans: tuple[Span, ...]


def counted(opinion: Opinion, reading: Reading, competencies: Iterable[str]) -> list[Counted]:
    """Ratings with at least one verbatim quote, for competencies that were asked about, each once."""
    allowed = set(competencies)
    found: dict[str, Counted] = {}
    for rating in opinion.ratings:
        spans = tuple(span for quote in rating.quotes[:MOST_QUOTES] if (span := verbatim(reading, quote)) is not None)
        if rating.competency_id in allowed and rating.competency_id not in found and spans and 1 <= rating.level <= 5:
            level = round(rating.level, 1)
            found[rating.competency_id] = Counted(opinion.rater, Rating(rating.competency_id, level, rating.why), spans)
    return list(found.values())


def verbatim(reading: Reading, quote: str) -> Span | None:
    """Where the quote stands in the transcript, character by character; None if it does not, or says nothing."""
    bare = quote.strip()
    said = sum(character.isalnum() or CJK.match(character) is not None for character in bare)
    start = reading.transcript.text.find(bare) if said >= MIN_QUOTE else -1
    return (start, start + len(bare)) if start >= 0 else None
