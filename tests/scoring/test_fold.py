"""The fold is pure: same evidence, same bytes; and nothing in a log can break it or bend a number out of range."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.fold import InterviewFacts, fold
from scoring.policy import ScoringPolicy, policy_for
from scoring.position_model import PositionModel
from scoring.report import Report, Score, to_json, verify

Interview = Callable[..., Report]
LogMaker = Callable[..., Any]

PIECES = [
    "我会先提醒同事", "然后上报上级", "我不会睁一只眼闭一只眼", "最终提高了百分之十", "因为合规是底线", "，", "。", " ",
    "I would report it", "because", "If he does not listen", "15 percent",
    '"', "“", "”", "他说", "如果", "\x00", "😀", "的",
]  # fmt: skip
TIME = st.integers(0, 200_000)
QUESTION = st.sampled_from(["q1", "q2", "q3", "q4", "practice", "unknown", ""])
TEXT = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
SHARE = st.floats(0, 1)
OPTIONAL_DB = st.none() | st.floats(-90, 0)


def _body(kind: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **fields})


WORDS = st.lists(
    st.fixed_dictionaries(
        {"text": st.sampled_from(PIECES), "start_ms": TIME, "end_ms": TIME, "probability": st.floats(0, 1)}
    ),
    max_size=5,
)
SPAN: dict[str, Any] = {"question_id": QUESTION, "start_ms": TIME, "end_ms": TIME}
FACE = dict.fromkeys(("smile", "brow_raise", "eye_openness", "gaze_on_screen"), SHARE)
VOICE = {name: st.floats(0, 300) for name in ("pitch_hz", "loudness_dbfs", "pace_per_minute", "pause_share")}
BODIES = st.one_of(
    _body("answer_opened", question_id=QUESTION, attempt=st.just(1), mode=st.sampled_from(["voice", "text"])),
    _body("utterance", utterance_id=st.sampled_from("abc"), language=st.just("zh"), text=TEXT, words=WORDS, **SPAN),
    _body("text_answer", question_id=QUESTION, text=TEXT, revisions=st.just(1), typing_ms=TIME),
    _body("speech_span", **SPAN),
    _body("gap", cause=st.just("loss"), **SPAN),
    _body("level_window", question_id=QUESTION, speech_dbfs=OPTIONAL_DB, noise_dbfs=OPTIONAL_DB, clipped_share=SHARE),
    _body("voice_window", state=st.fixed_dictionaries(VOICE), pitch_hz=st.none() | st.floats(50, 400), **SPAN),
    _body(
        "face_window",
        state=st.fixed_dictionaries({"faces": st.just(1), **FACE}),
        frames=st.just(9),
        face_share=SHARE,
        several_share=SHARE,
        **SPAN,
    ),
    _body("observation", observed=st.sampled_from(["tab_hidden", "odd"]), question_id=QUESTION, detail=st.just("")),
    _body("human_requested", note=TEXT),
    _body("hologram", shape=TEXT),
    _body("answer_closed", question_id=QUESTION, reason=st.just("finished"), mode=st.just("text"), duration_ms=TIME),
    _body(
        "answer_settled",
        question_id=QUESTION,
        transcript=st.sampled_from(["complete", "partial", "awaiting", "typed", "none"]),
        audio_ms=TIME,
        recording=st.none() | st.just("key"),
    ),
    _body("interview_ended", reason=st.sampled_from(["completed", "withdrawn", "expired", "ended_by_hr"])),
)
POLICIES = st.sampled_from(
    [policy_for("eu"), policy_for("cn-bank"), ScoringPolicy(profile="cn-bank", nonverbal="scored", nonverbal_cap=0.1)]
)


def lines_of(bodies: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps({"seq": n, "at_ms": n, "body": body}).encode() for n, body in enumerate(bodies, 1)]


def scores_of(report: Report) -> list[Score]:
    parts = [part.score for view in report.views for part in view.parts]
    return [report.total, report.total_words_only, *parts, *(item.score for item in report.competencies)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(BODIES, max_size=24), policy=POLICIES)
def test_any_log_gives_a_whole_report(
    model: PositionModel, facts: InterviewFacts, bodies: list[dict[str, Any]], policy: ScoringPolicy
) -> None:
    report = fold(lines_of(bodies), model, policy, interview=facts)
    assert verify(to_json(report))
    for score in scores_of(report):
        if score.value is not None:
            assert score.low is not None
            assert score.high is not None
            assert 0 <= score.low <= score.value <= score.high <= 100
    for answer in report.answers:
        assert bool(answer.scores) <= answer.quality.assessable
        assert all(1 <= leaf.level <= 5 for leaf in answer.scores)
        if answer.transcript in ("awaiting", "none") and answer.word_count == 0:
            assert answer.scores == ()


def test_the_same_evidence_gives_the_same_bytes_whatever_the_order_of_keys(
    new_log: LogMaker, answers: dict[str, dict[str, str]], model: PositionModel, facts: InterviewFacts
) -> None:
    log = new_log()
    for question_id, text in answers["zh_strong"].items():
        log.spoken(question_id, text)
    lines = log.ended().lines
    shuffled = [_shuffled(line) for line in lines]
    assert shuffled != lines
    random.Random(3).shuffle(shuffled)
    policy = policy_for("cn-bank")
    first = to_json(fold(lines, model, policy, interview=facts))
    assert to_json(fold(iter(lines), model, policy, interview=facts)) == first
    assert to_json(fold(shuffled, model, policy, interview=facts)) == first


def _shuffled(line: bytes) -> bytes:
    def turn(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turn(value[key]) for key in reversed(value)}
        return [turn(item) for item in value] if isinstance(value, list) else value

    return json.dumps(turn(json.loads(line))).encode()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("typed", [False, True])
def test_strong_above_medium_above_weak(interview: Interview, language: str, typed: bool) -> None:
    strong, medium, weak = (interview(f"{language}_{name}", typed=typed) for name in ("strong", "medium", "weak"))
    totals = [report.total.value or 0.0 for report in (strong, medium, weak)]
    assert totals[0] >= 80 > 70 >= totals[1] >= 45 > totals[2] > 0
    for question in range(4):
        levels = [sum(leaf.level for leaf in r.answers[question].scores) for r in (strong, medium, weak)]
        assert levels[0] > levels[1] > levels[2], (language, question, levels)


def test_spoken_and_typed_are_treated_alike(interview: Interview) -> None:
    for name in ("zh_strong", "zh_medium", "zh_weak", "en_strong", "en_medium", "en_weak"):
        spoken, typed = interview(name).total.value, interview(name, typed=True).total.value
        assert spoken == pytest.approx(typed, abs=5), name


def test_every_quote_is_verbatim_and_where_it_says(interview: Interview, answers: dict[str, dict[str, str]]) -> None:
    for name in ("zh_strong", "en_strong", "zh_weak"):
        for answer in interview(name, typed=True).answers:
            text = answers[name][answer.question_id].replace("|", "")
            assert answer.evidence
            for evidence in answer.evidence:
                assert text[evidence.start_char : evidence.end_char] == evidence.quote
                assert evidence.start_ms is None
        for answer in interview(name).answers:
            said = " ".join(segment.text for segment in answer.segments)
            for evidence in answer.evidence:
                assert evidence.quote.replace(" ", "") in said.replace(" ", "")
                assert evidence.start_ms is not None
                assert evidence.end_ms is not None
                assert 0 <= evidence.start_ms < evidence.end_ms <= answer.audio_ms


def test_every_level_names_its_evidence(interview: Interview) -> None:
    for answer in interview("zh_strong").answers:
        known = {evidence.id: evidence for evidence in answer.evidence}
        for leaf in answer.scores:
            assert leaf.level < 3 or leaf.evidence
            own = [known[name].competency_id == leaf.competency_id for name in leaf.evidence]
            general = [known[name].kind in ("act", "result") for name in leaf.evidence]
            assert all(own) or all(general)


def test_withdrawn_and_human_requested_are_said(
    new_log: LogMaker, answers: dict[str, dict[str, str]], model: PositionModel, facts: InterviewFacts
) -> None:
    log = new_log().spoken("q1", answers["zh_strong"]["q1"]).add("human_requested", note="").ended("withdrawn")
    report = fold(log.lines, model, policy_for("cn-bank"), interview=facts)
    told = [note.code for note in report.notes if note.code != "pass_hint"]
    assert told == ["human_requested", "withdrawn"]
    assert (report.answers_assessable, report.answers_planned, report.total.value) == (1, 4, None)
    assert [answer.quality.reason for answer in report.answers] == [None, "no_answer", "no_answer", "no_answer"]


def test_a_later_transcription_replaces_an_awaiting_one(
    new_log: LogMaker, answers: dict[str, dict[str, str]], model: PositionModel, facts: InterviewFacts
) -> None:
    log = new_log().add("answer_opened", question_id="q4", attempt=1, mode="voice")
    log.add("answer_settled", question_id="q4", transcript="awaiting", audio_ms=60_000, recording="k")
    before = fold(log.lines, model, policy_for("eu"), interview=facts)
    after = fold(log.spoken("q4", answers["zh_strong"]["q4"]).lines, model, policy_for("eu"), interview=facts)
    assert before.answers[3].quality.reason == "awaiting_transcription"
    assert after.answers[3].quality.assessable


def test_what_must_be_known_about_a_model_is_told_under_its_name(
    new_log: LogMaker, model: PositionModel, facts: InterviewFacts
) -> None:
    log = new_log().ended()
    started = json.loads(log.lines[0])
    notice = {"zh": "未经银行词汇验证。", "en": "Not measured on banking words."}
    started["body"] |= {"speech_engine": "own/1@abc", "speech_notice": notice}
    lines = [json.dumps(started).encode(), *log.lines[1:]]
    engines = fold(lines, model, policy_for("cn-bank"), interview=facts).engines
    assert [(engine.name, engine.notice and engine.notice.en) for engine in engines if engine.role == "speech"] == [
        ("own/1@abc", notice["en"])
    ]


def test_the_fixture_engine_announces_itself(interview: Interview) -> None:
    speech = [engine for engine in interview("zh_medium").engines if engine.role == "speech"]
    assert [engine.name for engine in speech] == ["fixture-whisper 1"]
    assert speech[0].notice is not None
    assert "memorised demo sentences only; says nothing about accuracy" in speech[0].notice.en


def test_accommodations_leave_no_trace(
    new_log: LogMaker, answers: dict[str, dict[str, str]], model: PositionModel, facts: InterviewFacts
) -> None:
    plain = new_log().typed("q4", answers["zh_strong"]["q4"])
    helped = new_log().typed("q4", answers["zh_strong"]["q4"])
    helped.add("accommodation", time_factor=2.0, actor="hr", reason="dyslexia")
    policy = policy_for("cn-bank")
    assert to_json(fold(plain.lines, model, policy, interview=facts)) == to_json(
        fold(helped.lines, model, policy, interview=facts)
    )
