"""How an answer was said: pace, pauses, loudness. Described for a human, never scored."""

import itertools
from statistics import fmean, median

from scoring.analysis.lexicon import lexicon
from scoring.analysis.transcript import Transcript
from scoring.answers import GatheredAnswer, merged_ms
from scoring.bilingual import Bilingual, Language
from scoring.report import Delivery, FaceMovements

PAUSE_MS = 1_000
"""Shorter silences are breathing."""
PACE_BANDS: dict[Language, tuple[float, float]] = {"zh": (150.0, 270.0), "en": (100.0, 175.0)}
"""Characters and words a minute of speaking time; between the two is an everyday pace."""
QUIET_DBFS = -42.0


def describe(answer: GatheredAnswer, transcript: Transcript, *, pitch_allowed: bool) -> Delivery | None:
    """None for an answer without sound."""
    spans = merged_ms([(span.start_ms, span.end_ms) for span in answer.spans])
    if not spans:
        spans = merged_ms([(said.start_ms, said.end_ms) for said in answer.ordered])
    if not spans:
        return None
    speaking_ms = sum(end - start for start, end in spans)
    pauses = [after[0] - before[1] for before, after in itertools.pairwise(spans)]
    pauses = [pause for pause in pauses if pause >= PAUSE_MS]
    spoken_words = len(Transcript(transcript.text[: len(transcript.starts_ms)]).words)
    pace = round(spoken_words * 60_000 / speaking_ms, 1) if spoken_words and speaking_ms >= 2_000 else None
    whole_ms = spans[-1][1] - spans[0][0]
    loudness = answer.level.speech_dbfs if answer.level is not None else None
    pitches = [window.pitch_hz for window in answer.voice if window.pitch_hz is not None] if pitch_allowed else []
    ranges = [w.pitch_range_semitones for w in answer.voice if w.pitch_range_semitones is not None]
    language = transcript.language
    fillers = len(lexicon(language)["fillers"].findall(transcript.text)) if spoken_words else 0
    return Delivery(
        description=_sentence(language, pace, pauses, loudness),
        pace_per_minute=pace,
        pace_unit="characters" if language == "zh" else "words",
        speaking_ms=speaking_ms,
        pauses=len(pauses),
        longest_pause_ms=max(pauses, default=0),
        pause_share=round(1 - speaking_ms / whole_ms, 3) if whole_ms else None,
        fillers=fillers,
        loudness_dbfs=round(loudness, 1) if loudness is not None else None,
        pitch_hz=round(median(pitches), 1) if pitches else None,
        pitch_range_semitones=round(median(ranges), 1) if ranges and pitch_allowed else None,
    )


def describe_face(answer: GatheredAnswer) -> FaceMovements | None:
    """Called only where the policy lets face records be read."""
    windows = [window for window in answer.face if window.face_share > 0]
    if not windows:
        return None
    return FaceMovements(
        observed_ms=sum(end - start for start, end in merged_ms([(w.start_ms, w.end_ms) for w in windows])),
        face_share=round(fmean(window.face_share for window in answer.face), 3),
        smile=round(fmean(window.state.smile for window in windows), 3),
        brow_raise=round(fmean(window.state.brow_raise for window in windows), 3),
        gaze_on_screen=round(fmean(window.state.gaze_on_screen for window in windows), 3),
    )


def _sentence(language: Language, pace: float | None, pauses: list[int], loudness: float | None) -> Bilingual:
    zh: list[str] = []
    en: list[str] = []
    if pace is not None:
        slow, fast = PACE_BANDS[language]
        band = ("较慢", "unhurried") if pace < slow else ("较快", "brisk") if pace > fast else ("适中", "even")
        unit = ("字", "characters") if language == "zh" else ("词", "words")
        zh.append(f"语速{band[0]}（每分钟约 {pace:.0f} {unit[0]}）")
        en.append(f"{band[1]} pace (about {pace:.0f} {unit[1]} a minute)")
    if pauses:
        zh.append(f"{len(pauses)} 次一秒以上的停顿，最长 {max(pauses) / 1000:.1f} 秒")
        en.append(f"{len(pauses)} pauses of a second or more, the longest {max(pauses) / 1000:.1f} s")
    else:
        zh.append("没有一秒以上的停顿")
        en.append("no pause of a second or more")
    if loudness is not None and loudness < QUIET_DBFS:
        zh.append("声音偏轻")
        en.append("quiet")
    sentence = "; ".join(en)
    return Bilingual(zh="；".join(zh) + "。", en=sentence[0].upper() + sentence[1:] + ".")
