"""The order in which the guards look, and what their findings do together."""

from scoring.analysis.clauses import Sentence
from scoring.analysis.reading import Reading
from scoring.analysis.transcript import Transcript
from scoring.answers import GatheredAnswer, merged_ms
from scoring.guards import language, repeating, sound, stuffing, topic
from scoring.guards.verdict import Verdict, finding, refuse, units
from scoring.position_model import PositionModel, Question
from scoring.report import Finding

MIN_UNITS = 20.0
"""Chinese characters without fillers, an English word counting 1.6: less cannot show a behaviour."""
UNFAMILIAR_UNITS = 80.0
"""An answer so long in which the rules hear no behaviour at all was probably said in other words than theirs."""


def before_reading(answer: GatheredAnswer, transcript: Transcript) -> Verdict:
    """What can be known without looking at what was said."""
    if answer.state == "awaiting":
        return refuse("awaiting_transcription")
    if not transcript.words:
        return refuse("no_answer")
    return Verdict(tuple(sorted(sound.look(answer), key=lambda found: found.effect != "not_assessable")))


def after_reading(reading: Reading, model: PositionModel, question: Question) -> Verdict:
    """What the words themselves show."""
    transcript = reading.transcript
    if language.other_script(transcript.text):
        return refuse("wrong_language")
    fluent = reading.transcript.without(reading.marks.everywhere("fillers")).words
    if units(fluent) < MIN_UNITS:
        return refuse("too_little_speech", f"{len(fluent)}")
    repeated = repeating.repeated(reading)
    refusal = language.not_language(reading, repeated)
    if refusal is None and units(language.without_stutter(fluent)) < MIN_UNITS:
        refusal = refuse("too_little_speech", f"{len(language.without_stutter(fluent))}")
    refusal = refusal or repeating.echo_of_all(reading, question)
    if refusal is not None:
        return refusal
    findings, ignored = _left_out(reading, question, repeated)
    if findings and units(_remaining(reading, ignored)) < MIN_UNITS:
        return refuse(findings[0].code, "nothing else was said")
    findings += stuffing.look(reading, question)
    findings += topic.look(reading, model, question)
    if not findings and units(fluent) >= UNFAMILIAR_UNITS and not reading.hits:
        findings.append(finding("unfamiliar_wording", "noted"))
    return Verdict(tuple(findings), tuple(merged_ms(ignored)))


def _left_out(
    reading: Reading, question: Question, repeated: list[Sentence]
) -> tuple[list[Finding], list[tuple[int, int]]]:
    """Stretches that no rater may use, each sort with its finding."""
    findings: list[Finding] = []
    ignored: list[tuple[int, int]] = []
    for code, spans in (
        ("instruction_to_rater", repeating.instructions(reading)),
        ("repetition", [(sentence.start, sentence.end) for sentence in repeated]),
        ("echoed_sentences", repeating.echoed(reading, question)),
        ("overlong", repeating.overlong(reading)),
    ):
        if spans:
            findings.append(finding(code, "noted", detail=f"{len(spans)}"))
            ignored += spans
    return findings, ignored


def _remaining(reading: Reading, ignored: list[tuple[int, int]]) -> tuple[str, ...]:
    return reading.transcript.without(tuple(ignored)).words
