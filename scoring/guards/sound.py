"""Guards that look at how the words came: certainty, missing sound, noise, characters that are no text."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from scoring.analysis.transcript import CONTROL
from scoring.answers import GatheredAnswer, merged_ms
from scoring.evidence import MissingSound
from scoring.guards.verdict import finding
from scoring.report import Finding

MIN_WORD_PROBABILITY = 0.5
"""Mean over the words of an answer; below it about every second word is a guess."""
UNCERTAIN_PROBABILITY = 0.35
MAX_UNCERTAIN_SHARE = 0.4
MAX_MISSING_SHARE = 0.3
NOTED_MISSING_SHARE = 0.05
MOST_RANGES = 3
NOISY_MARGIN_DB = 6.0
MAX_CLIPPED_SHARE = 0.05
NOTED_CONTROLS = 3
"""One may come with a paste; several are no accident."""
MAX_CONTROL_SHARE = 0.2


def look(answer: GatheredAnswer) -> Iterator[Finding]:
    """What can be known without looking at what was said."""
    for found in (_certainty(answer), _missing(answer), _controls(answer), _noise(answer)):
        if found is not None:
            yield found
    if answer.state == "partial":
        yield finding("partial_transcript", "noted")


def _certainty(answer: GatheredAnswer) -> Finding | None:
    probabilities = [word.probability for said in answer.ordered for word in said.words]
    if not probabilities:
        return None
    mean = fmean(probabilities)
    uncertain = sum(probability < UNCERTAIN_PROBABILITY for probability in probabilities) / len(probabilities)
    if mean < MIN_WORD_PROBABILITY or uncertain > MAX_UNCERTAIN_SHARE:
        return finding("low_transcript_quality", "not_assessable", detail=f"mean word probability {mean:.2f}")
    return None


def _missing(answer: GatheredAnswer) -> Finding | None:
    """Sound that never came, against the sound that should have."""
    gone_ms = sum(end - start for start, end in merged_ms([(gap.start_ms, gap.end_ms) for gap in answer.gaps]))
    ends = [span.end_ms for span in answer.spans] + [gap.end_ms for gap in answer.gaps]
    ends += [said.end_ms for said in answer.ordered]
    whole_ms = max([answer.settled.audio_ms if answer.settled else 0, *ends])
    share = gone_ms / whole_ms if whole_ms else 0.0
    if share > MAX_MISSING_SHARE:
        return finding("audio_missing", "not_assessable", detail=f"{share:.0%}")
    saved = answer.saved
    if saved is not None and saved.source == "take":
        return finding("recording_incomplete", "noted", detail=_ranges(saved.missing)) if saved.missing else None
    if share > NOTED_MISSING_SHARE:
        return finding("some_audio_missing", "noted", detail=f"{share:.0%}")
    return None


def _ranges(missing: Sequence[MissingSound]) -> str:
    """Seconds of the answer, with the cause as it stands in the log; the longest first where there are many."""
    longest = sorted(missing, key=lambda gap: gap.start_ms - gap.end_ms)[:MOST_RANGES]
    shown = [f"{gap.start_ms / 1000:.1f}–{gap.end_ms / 1000:.1f} s {gap.cause}" for gap in longest]
    more = len(missing) - len(shown)
    return ", ".join([*shown, f"+{more}"] if more else shown)


def _controls(answer: GatheredAnswer) -> Finding | None:
    """Control and direction characters: taken out before anybody reads, and named."""
    text = answer.typed_text + "".join(said.text for said in answer.ordered)
    count = len(CONTROL.findall(text))
    if count < NOTED_CONTROLS:
        return None
    effect = count / len(text) > MAX_CONTROL_SHARE
    return finding("control_characters", "not_assessable" if effect else "noted", detail=f"{count}")


def _noise(answer: GatheredAnswer) -> Finding | None:
    level = answer.level
    if level is None:
        return None
    noisy = (
        level.speech_dbfs is not None
        and level.noise_dbfs is not None
        and level.speech_dbfs - level.noise_dbfs < NOISY_MARGIN_DB
    )
    return finding("poor_sound", "noted") if noisy or level.clipped_share > MAX_CLIPPED_SHARE else None
