"""Evidence logs for the tests: written line by line in the wire format, spoken answers word by word."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scoring.bilingual import Bilingual
from scoring.fold import InterviewFacts, fold
from scoring.policy import ScoringPolicy, policy_for
from scoring.position_model import PositionModel
from scoring.positions import builtin
from scoring.report import Report

HERE = Path(__file__).parent
QUESTIONS = ["q1", "q2", "q3", "q4"]
_TOKEN = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*|[^\w\s]|\s+")


class EvidenceLog:
    """Builds a log as the live side writes it."""

    def __init__(self, language: str = "zh", questions: list[str] = QUESTIONS) -> None:
        self.lines: list[bytes] = []
        self.at_ms = 0
        self.add(
            "interview_started",
            interview_id="iv-1",
            position_id="client_manager",
            position_version="1.0.0",
            position={"zh": "客户经理", "en": "Client manager"},
            language=language,
            profile="cn-bank",
            questions=questions,
            speech_engine="fixture-whisper 1",
            format_version="1.0",
        )

    def add(self, kind: str, **body: Any) -> "EvidenceLog":
        self.at_ms += 500
        record = {"seq": len(self.lines) + 1, "at_ms": self.at_ms, "body": {"kind": kind, **body}}
        self.lines.append(json.dumps(record, ensure_ascii=False).encode())
        return self

    def typed(self, question_id: str, text: str) -> "EvidenceLog":
        self.add("answer_opened", question_id=question_id, attempt=1, mode="text")
        self.add("text_answer", question_id=question_id, text=text, revisions=3, typing_ms=40_000)
        return self._close(question_id, "text", "typed", 0, None)

    def spoken(
        self,
        question_id: str,
        text: str,
        *,
        probability: float = 0.93,
        transcript: str = "complete",
        marks: bool = False,
    ) -> "EvidenceLog":
        """``marks`` False: no punctuation reaches the log, only the pauses that it stands for."""
        self.add("answer_opened", question_id=question_id, attempt=1, mode="voice")
        clock = 400
        for number, utterance in enumerate(text.split("|")):
            words, start, clock = _say(utterance, clock, probability)
            said = utterance if marks else _unpunctuated(utterance)
            language = "zh" if re.search(r"[\u4e00-\u9fff]", said) else "en"
            span = {"start_ms": start, "end_ms": clock}
            self.add("speech_span", question_id=question_id, **span)
            self.add(
                "utterance",
                question_id=question_id,
                utterance_id=f"{question_id}-u{number}",
                language=language,
                text=said,
                words=words,
                engine="fixture-whisper 1",
                **span,
            )
            state = {"pitch_hz": 180.0, "loudness_dbfs": -24.0, "pace_per_minute": 230.0, "pause_share": 0.2}
            pitch = {"pitch_hz": 180.0, "pitch_range_semitones": 5.0, "voiced_share": 0.6}
            self.add("voice_window", question_id=question_id, state=state, **pitch, **span)
            clock += 1_200
        level = {"speech_dbfs": -24.0, "noise_dbfs": -60.0, "clipped_share": 0.0}
        self.add("level_window", question_id=question_id, **level)
        return self._close(question_id, "voice", transcript, clock, f"iv-1/{question_id}.webm")

    def _close(self, question_id: str, mode: str, transcript: str, audio_ms: int, key: str | None) -> "EvidenceLog":
        duration = audio_ms or 60_000
        self.add("answer_closed", question_id=question_id, reason="finished", mode=mode, duration_ms=duration)
        return self.add(
            "answer_settled", question_id=question_id, transcript=transcript, audio_ms=audio_ms, recording=key
        )

    def ended(self, reason: str = "completed") -> "EvidenceLog":
        return self.add("interview_ended", reason=reason)


def _say(text: str, clock: int, probability: float) -> tuple[list[dict[str, Any]], int, int]:
    words: list[dict[str, Any]] = []
    start = clock
    for token in _TOKEN.findall(text):
        if re.match(r"[\u3400-\u9fff]|[A-Za-z0-9]", token):
            length = 200 if len(token) == 1 else 330
            times = {"start_ms": clock, "end_ms": clock + length}
            words.append({"text": token, "probability": probability, **times})
            clock += length
        elif token.strip():
            clock += 450 if token in "，,、：:" else 700 if token in "。.；;" else 0
    return words, start, words[-1]["end_ms"] if words else clock


def _unpunctuated(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[，。、；：！？“”,.;:!?\"]", "", text)).strip()


@pytest.fixture(scope="session")
def answers() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load((HERE / "answers.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="session")
def model() -> PositionModel:
    return builtin()["client_manager"]


@pytest.fixture
def new_log() -> Callable[..., EvidenceLog]:
    return EvidenceLog


@pytest.fixture(scope="session")
def facts() -> InterviewFacts:
    return InterviewFacts(
        interview_id="iv-1",
        applicant_name="李晓雨",
        position=Bilingual(zh="客户经理", en="Client manager"),
        employer=Bilingual(zh="示例银行", en="Example Bank"),
        started_at="2026-03-02T01:30:00Z",
        ended_at="2026-03-02T01:52:00Z",
    )


@pytest.fixture(scope="session")
def interview(answers: dict[str, dict[str, str]], model: PositionModel, facts: InterviewFacts) -> Callable[..., Report]:
    """A whole interview of the named set of answers, spoken (default) or typed."""

    def take(name: str, *, typed: bool = False, policy: ScoringPolicy | None = None, marks: bool = False) -> Report:
        log = EvidenceLog("en" if name.startswith("en") else "zh")
        for question_id, text in answers[name].items():
            if typed:
                log.typed(question_id, text.replace("|", ""))
            else:
                log.spoken(question_id, text, marks=marks)
        return fold(log.ended().lines, model, policy or policy_for("cn-bank"), interview=facts)

    return take
