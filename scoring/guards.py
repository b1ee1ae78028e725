"""Guards: a number is never made from bad data.

Each guard has a name, looks at one thing, and has one effect: the answer is *not assessable* (with that name as the
reason), its levels are *capped*, or the finding is only *noted*. The order is that of ``examine``; the first reason
wins. Thresholds stand here by name, each with what it is for.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from scoring.analysis.clauses import Sentence
from scoring.analysis.lexicon import foreign_small_words, lexicon
from scoring.analysis.phrases import compile_patterns
from scoring.analysis.reading import LANGUAGES, Reading
from scoring.analysis.transcript import CJK, Transcript
from scoring.answers import GatheredAnswer, merged_ms
from scoring.position_model import Question
from scoring.report import Effect, Finding
from scoring.wording import FINDINGS

MIN_UNITS = 20.0
"""Chinese characters, an English word counting 1.6: less cannot show a behaviour."""
EN_WORD_UNITS = 1.6
OFF_TOPIC_UNITS = 30.0
MIN_ACTS_ON_TOPIC = 2
"""Whoever tells of so many acts is probably answering in words that the lists do not know: better no cap."""
MIN_WORD_PROBABILITY = 0.5
"""Mean over the words of an answer; below it about every second word is a guess."""
UNCERTAIN_PROBABILITY = 0.35
MAX_UNCERTAIN_SHARE = 0.4
MAX_MISSING_SHARE = 0.3
NOTED_MISSING_SHARE = 0.05
MIN_FUNCTION_SHARE = {"zh": 0.08, "en": 0.18}
"""Share of small words (的, 我, "the", "to"): running speech has 0.2-0.6 of them."""
STUFFED_FUNCTION_SHARE = {"zh": 0.14, "en": 0.27}
STUFFED_INDICATORS = 4
MIN_DISTINCT_PAIRS = 0.3
"""Distinct neighbours among all neighbouring words; speech of this length has over 0.6."""
MAX_ECHO_SHARE = 0.6
MAX_OTHER_SCRIPT_SHARE = 0.2
NOISY_MARGIN_DB = 6.0
MAX_CLIPPED_SHARE = 0.05
SIMILAR = 0.8
"""Jaccard similarity of word pairs above which one sentence repeats another."""
UNFAMILIAR_UNITS = 80.0
RECOGNISED_ENOUGH = 3
"""A long answer in which the rules know fewer behaviours than this was probably said in other words than theirs."""
SENTENCES_COMPARED = 200
"""Bounds the work for an answer of ten thousand characters."""

_LETTER = re.compile(r"[^\W\d_]")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason``: why the answer is not assessable. ``cap``: highest level left. ``ignored``: stretches of the
    transcript that no rater may use."""

    findings: tuple[Finding, ...]
    ignored: tuple[tuple[int, int], ...] = ()

    @property
    def reason(self) -> str | None:
        return next((finding.code for finding in self.findings if finding.effect == "not_assessable"), None)

    @property
    def unsure(self) -> bool:
        """The level may say more about the rules than about the answer."""
        return any(finding.code == "unfamiliar_wording" for finding in self.findings)

    @property
    def cap(self) -> int:
        return min((finding.cap for finding in self.findings if finding.cap is not None), default=5)


def finding(code: str, effect: Effect, *, cap: int | None = None, detail: str = "") -> Finding:
    return Finding(code=code, label=FINDINGS[code], effect=effect, cap=cap, detail=detail)


def refuse(code: str, detail: str = "") -> Verdict:
    return Verdict((finding(code, "not_assessable", detail=detail),))


def units(words: Sequence[str]) -> float:
    """How much was said, in Chinese characters."""
    return sum(1.0 if CJK.match(word) else EN_WORD_UNITS for word in words)


def before_reading(answer: GatheredAnswer, transcript: Transcript) -> Verdict:
    """What can be known without looking at what was said."""
    if answer.state == "awaiting":
        return refuse("awaiting_transcription")
    if not transcript.words:
        return refuse("no_answer")
    findings = [found for found in (_certainty(answer), _missing(answer), _sound(answer)) if found is not None]
    if answer.state == "partial":
        findings.append(finding("partial_transcript", "noted"))
    return Verdict(tuple(sorted(findings, key=lambda found: found.effect != "not_assessable")))


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
    if share > NOTED_MISSING_SHARE:
        return finding("some_audio_missing", "noted", detail=f"{share:.0%}")
    return None


def _sound(answer: GatheredAnswer) -> Finding | None:
    level = answer.level
    if level is None:
        return None
    noisy = (
        level.speech_dbfs is not None
        and level.noise_dbfs is not None
        and level.speech_dbfs - level.noise_dbfs < NOISY_MARGIN_DB
    )
    return finding("poor_sound", "noted") if noisy or level.clipped_share > MAX_CLIPPED_SHARE else None


def after_reading(reading: Reading, question: Question) -> Verdict:
    """What the words themselves show."""
    transcript = reading.transcript
    words = transcript.words
    amount = units(words)
    if _other_script(transcript.text):
        return refuse("wrong_language")
    if amount < MIN_UNITS:
        return refuse("too_little_speech", f"{len(words)}")
    repeated = _repeated(reading)
    refusal = _not_language(transcript, _said_once(reading, repeated)) or _echo_of_all(words, question)
    if refusal is not None:
        return refusal
    findings: list[Finding] = []
    ignored: list[tuple[int, int]] = []
    for code, sentences in (
        ("instruction_to_rater", _instructions(reading)),
        ("repetition", repeated),
        ("echoed_sentences", _echoed(reading, question)),
    ):
        if sentences:
            findings.append(finding(code, "noted", detail=f"{len(sentences)}"))
            ignored += [(sentence.start, sentence.end) for sentence in sentences]
    if _stuffed(reading):
        findings.append(finding("keyword_stuffing", "capped", cap=2))
    if amount >= OFF_TOPIC_UNITS and _off_topic(reading, question):
        findings.append(finding("off_topic", "capped", cap=1))
    if not findings and amount >= UNFAMILIAR_UNITS and _recognised(reading) < RECOGNISED_ENOUGH:
        findings.append(finding("unfamiliar_wording", "noted"))
    return Verdict(tuple(findings), tuple(merged_ms(ignored)))


def _other_script(text: str) -> bool:
    """Letters that are neither Chinese nor Latin, or Japanese and Korean syllables between Chinese ones."""
    letters = _LETTER.findall(text)
    if not letters:
        return False
    foreign = sum(not CJK.match(letter) and not _LATIN.match(letter) for letter in letters)
    return foreign / len(letters) > MAX_OTHER_SCRIPT_SHARE or (
        len(_KANA_OR_HANGUL.findall(text)) / len(letters) > MAX_OTHER_SCRIPT_SHARE / 2
    )


def function_share(transcript: Transcript) -> float:
    """Share of small words among all words."""
    small = lexicon("zh").function_words | lexicon("en").function_words
    return sum(word in small for word in transcript.words) / max(1, len(transcript.words))


def _said_once(reading: Reading, repeated: Sequence[Sentence]) -> list[str]:
    """The words without those of sentences that were said before."""
    again = {sentence.start for sentence in repeated}
    kept = [sentence for sentence in reading.structure.sentences if sentence.start not in again]
    return [word for sentence in kept for word in _sentence_words(reading, sentence)]


def _not_language(transcript: Transcript, words: Sequence[str]) -> Verdict | None:
    """Gibberish repeats itself or has no grammar; a third language in Latin letters has another grammar."""
    pairs = list(itertools.pairwise(words))
    if len(pairs) >= 16 and len(set(pairs)) / len(pairs) < MIN_DISTINCT_PAIRS:
        return refuse("gibberish", "repeats itself")
    if function_share(transcript) >= MIN_FUNCTION_SHARE[transcript.language]:
        return None
    spelled = [word for word in words if not CJK.match(word)]
    if transcript.language == "en" and _pronounceable(spelled) and _foreign_grammar(spelled):
        return refuse("wrong_language")
    return refuse("gibberish", "no grammar") if not _listing(transcript) else None


def _pronounceable(words: Sequence[str]) -> bool:
    voiced = sum(bool(re.search(r"[aeiouyà-ÿ]", word)) for word in words)
    return voiced >= 0.8 * len(words)


def _foreign_grammar(words: Sequence[str]) -> bool:
    return sum(word in foreign_small_words() for word in words) / max(1, len(words)) > 0.12


def _listing(transcript: Transcript) -> bool:
    """A list of real words has no grammar either; stuffing, not gibberish, is the word for that."""
    known = sum(
        len(match.group(0))
        for name in ("action_verbs", "result_cues", "finance_risk")
        for match in lexicon(transcript.language)[name].finditer(transcript.text)
    )
    return known / max(1, len(transcript.text)) > 0.1


def _grams(words: Sequence[str]) -> set[tuple[str, ...]]:
    """Four Chinese characters, or three English words."""
    size = 4 if words and sum(bool(CJK.match(word)) for word in words) * 2 >= len(words) else 3
    return {tuple(words[index : index + size]) for index in range(len(words) - size + 1)}


def _echo_share(words: Sequence[str], question: Question) -> float:
    grams = _grams(words)
    asked = _grams(Transcript(question.text.zh).words) | _grams(Transcript(question.text.en).words)
    return len(grams & asked) / len(grams) if grams else 0.0


def _echo_of_all(words: Sequence[str], question: Question) -> Verdict | None:
    share = _echo_share(words, question)
    return refuse("question_echo", f"{share:.0%}") if share > MAX_ECHO_SHARE else None


def _sentence_words(reading: Reading, sentence: Sentence) -> tuple[str, ...]:
    return Transcript(reading.transcript.text[sentence.start : sentence.end]).words


def _echoed(reading: Reading, question: Question) -> list[Sentence]:
    return [
        sentence
        for sentence in reading.structure.sentences
        if _echo_share(_sentence_words(reading, sentence), question) > MAX_ECHO_SHARE
    ]


def _instructions(reading: Reading) -> list[Sentence]:
    text = reading.transcript.text
    return [
        sentence
        for sentence in reading.structure.sentences
        if any(lexicon(lang)["instructions"].search(text, sentence.start, sentence.end) for lang in LANGUAGES)
    ]


def _repeated(reading: Reading) -> list[Sentence]:
    """Sentences that say again what an earlier one said."""
    earlier: list[set[tuple[str, str]]] = []
    repeated: list[Sentence] = []
    for sentence in reading.structure.sentences:
        words = _sentence_words(reading, sentence)
        pairs = set(itertools.pairwise(words))
        if len(pairs) < 4:
            continue
        if any(len(pairs & other) / len(pairs | other) >= SIMILAR for other in earlier[-SENTENCES_COMPARED:]):
            repeated.append(sentence)
        else:
            earlier.append(pairs)
    return repeated


def _recognised(reading: Reading) -> int:
    return len({hit.indicator_id for hit in reading.hits})


def _stuffed(reading: Reading) -> bool:
    """Many indicators, hardly any grammar around them."""
    distinct = {(hit.competency_id, hit.indicator_id) for hit in reading.hits if hit.supports > 0}
    threshold = STUFFED_FUNCTION_SHARE[reading.transcript.language]
    return len(distinct) >= STUFFED_INDICATORS and function_share(reading.transcript) < threshold


def _off_topic(reading: Reading, question: Question) -> bool:
    """None of the words that an answer to this question has, not one indicator, and hardly an act of work."""
    text = reading.transcript.text
    if any(compile_patterns(getattr(question.topic, language), language).search(text) for language in LANGUAGES):
        return False
    return bool(question.topic.zh or question.topic.en) and not reading.hits and len(reading.acts) < MIN_ACTS_ON_TOPIC
