"""``report = fold(evidence)``: pure, so that the same evidence log gives the same bytes on any day and machine."""

from collections.abc import Iterable, Sequence

import msgspec

from scoring import aggregate, delivery, feedback, guards, quotes
from scoring.analysis.reading import Reading, read_answer, without
from scoring.answers import GatheredAnswer, GatheredInterview, gather
from scoring.bilingual import Bilingual
from scoring.calibration import Calibration, calibrated, fits
from scoring.campaign import not_asked, restricted
from scoring.culture import CultureSet, merged
from scoring.guards import Verdict
from scoring.hints import hint_notes
from scoring.policy import ScoringPolicy
from scoring.position_model import PositionModel, Question
from scoring.positions import digest
from scoring.raters import MAX_SPREAD, AnswerToRate, Rater, combine, nearest
from scoring.report import (
    REPORT_VERSION,
    AnswerReport,
    CultureUsed,
    Engine,
    Evidence,
    Interview,
    LeafScore,
    NonVerbal,
    Note,
    Quality,
    Report,
    seal,
)
from scoring.rubric import RubricRater
from scoring.wording import ATTESTATIONS, ENDED, FIXTURE_NOTICE, HUMAN_REQUESTED, LABEL, OBSERVATIONS, STATEMENT


class InterviewFacts(msgspec.Struct, frozen=True):
    """What the log does not hold and the caller knows. Times are RFC 3339 text and only carried over.
    ``features``: what the campaign had switched on."""

    interview_id: str
    applicant_name: str
    position: Bilingual
    employer: Bilingual
    started_at: str
    ended_at: str
    features: tuple[str, ...] = ()


def fold(
    records: Iterable[bytes],
    model: PositionModel,
    policy: ScoringPolicy,
    *,
    interview: InterviewFacts,
    raters: Sequence[Rater] = (RubricRater(),),
    calibration: Calibration | None = None,
    culture: CultureSet | None = None,
) -> Report:
    """The sealed report of one interview. EvidenceInvalid if the log is damaged; nothing else is an error:
    whatever is missing is reported as missing, and a calibration for another way of scoring is not used.
    ``culture``: the employer's own phrases, if it has some."""
    if calibration is not None and not fits(calibration, model, [rater.name for rater in raters]):
        calibration = None
    gathered = gather(records)
    whole, model = model, merged(model, culture)
    planned = _planned(gathered, model)
    asked = _asked(gathered, model, planned)
    left_out = not_asked(model, planned)
    model = restricted(model, planned)
    answers = tuple(
        _answer(question_id, index, gathered, model, policy, raters) for index, question_id in enumerate(asked, start=1)
    )
    if policy.nonverbal != "off":
        from scoring import nonverbal  # a room that stays shut unless the law opens it

        answers = nonverbal.with_faces(answers, gathered.answers)
        points = nonverbal.points(answers, policy.nonverbal_share)
    else:
        points = 0.0
    report = _report(gathered, model, policy, interview, raters, asked, answers, points, calibration)
    used = CultureUsed(culture.employer, culture.version, culture.digest) if culture else None
    named = msgspec.structs.replace(
        report.interview, position_digest=digest(whole), features=interview.features, culture=used
    )
    notes = (*report.notes, *_notes_on_choice(whole, left_out), *hint_notes(model, report))
    return seal(msgspec.structs.replace(report, interview=named, notes=notes))


def _report(
    gathered: GatheredInterview,
    model: PositionModel,
    policy: ScoringPolicy,
    facts: InterviewFacts,
    raters: Sequence[Rater],
    asked: Sequence[str],
    answers: tuple[AnswerReport, ...],
    points: float,
    calibration: Calibration | None,
) -> Report:
    leaves = [
        aggregate.RatedLeaf(
            answer.question_id, leaf.competency_id, leaf.level, leaf.spread, Verdict(answer.quality.findings).unsure
        )
        for answer in answers
        for leaf in answer.scores
    ]
    assessable = sum(answer.quality.assessable for answer in answers)
    estimates = aggregate.competency_estimates(model, leaves, asked, policy)
    if calibration is not None:
        estimates = calibrated(estimates, calibration)
    words_only = aggregate.total(model, estimates, assessable, policy)
    with_points = aggregate.Estimate(words_only.value + points, words_only.error) if words_only else None
    scored = aggregate.competencies(model, leaves, estimates)
    return Report(
        version=REPORT_VERSION,
        digest="",
        label=LABEL,
        statement=STATEMENT,
        interview=_interview(gathered, model, policy, facts),
        engines=(*_engines(gathered, raters), *([calibration.engine()] if calibration else [])),
        answers_planned=len(asked),
        answers_assessable=assessable,
        total=aggregate.score(with_points),
        total_words_only=aggregate.score(words_only),
        non_verbal=NonVerbal(
            mode=policy.nonverbal,
            cap_share=policy.nonverbal_share,
            points=points if words_only else 0.0,
            attestation=ATTESTATIONS[policy.nonverbal],
        ),
        views=aggregate.views(model, estimates, policy),
        competencies=scored,
        answers=answers,
        highlights=feedback.highlights(scored, answers),
        suggestions=feedback.suggestions(model, scored, answers),
        notes=_notes(gathered),
    )


def _planned(gathered: GatheredInterview, model: PositionModel) -> tuple[str, ...]:
    if gathered.started:
        return tuple(gathered.started.questions)
    return tuple(question.id for question in model.questions if not question.reserve)


def _asked(gathered: GatheredInterview, model: PositionModel, planned: Sequence[str]) -> tuple[str, ...]:
    """The planned questions; answers to others come after them rather than getting lost."""
    practice = model.practice.id if model.practice else ""
    extra = sorted(set(gathered.answers) - set(planned) - {practice, ""})
    return tuple(dict.fromkeys([*planned, *extra]))


def _answer(
    question_id: str,
    index: int,
    gathered: GatheredInterview,
    model: PositionModel,
    policy: ScoringPolicy,
    raters: Sequence[Rater],
) -> AnswerReport:
    answer = gathered.answers.get(question_id) or GatheredAnswer(question_id)
    transcript = answer.transcript
    known = model.question(question_id)
    question = known or Question(id=question_id, kind="practice", text=Bilingual(zh=question_id, en=question_id))
    reading = read_answer(transcript, model, question)
    verdict = _verdict(answer, reading, model, known)
    usable = without(reading, verdict.ignored, model, question)
    evidence = quotes.collect(usable, model, question_id)
    scores = () if verdict.reason or known is None else _scores(usable, model, known, verdict, raters, evidence)
    return AnswerReport(
        question_id=question_id,
        index=index,
        question=question.text,
        kind=question.kind,
        mode=answer.shown_mode,
        transcript=answer.state,
        closed=answer.closed.reason if answer.closed else "",
        duration_ms=answer.closed.duration_ms if answer.closed else 0,
        audio_ms=answer.settled.audio_ms if answer.settled else 0,
        recording=answer.settled.recording if answer.settled else None,
        word_count=len(transcript.words),
        segments=quotes.segments(reading),
        delivery=delivery.describe(answer, transcript, pitch_allowed=policy.nonverbal != "off"),
        quality=Quality(verdict.reason is None, verdict.reason, verdict.findings),
        evidence=evidence,
        scores=scores,
        needs_human=_needs_human(verdict, scores),
    )


def _needs_human(verdict: Verdict, scores: Sequence[LeafScore]) -> bool:
    return verdict.needs_human or any(leaf.spread > MAX_SPREAD for leaf in scores)


def _verdict(answer: GatheredAnswer, reading: Reading, model: PositionModel, question: Question | None) -> Verdict:
    first = guards.before_reading(answer, reading.transcript)
    if first.reason:
        return first
    if question is None:
        return guards.refuse("unknown_question")
    second = guards.after_reading(reading, model, question)
    return Verdict((*second.findings, *first.findings), second.ignored)


def _scores(
    reading: Reading,
    model: PositionModel,
    question: Question,
    verdict: Verdict,
    raters: Sequence[Rater],
    evidence: Sequence[Evidence],
) -> tuple[LeafScore, ...]:
    scores: list[LeafScore] = []
    for rating in combine(raters, AnswerToRate(model, question, reading)):
        level = min(rating.level, float(verdict.cap))
        scores.append(
            LeafScore(
                competency_id=rating.competency_id,
                level=level,
                anchor=model.competency(rating.competency_id).anchors[nearest(level)],
                why=rating.why,
                evidence=_cited(evidence, rating.competency_id),
                spread=rating.spread,
            )
        )
    return tuple(scores)


def _cited(evidence: Sequence[Evidence], competency_id: str) -> tuple[str, ...]:
    """The quotes behind a level: those of the competency, else what the answer did and achieved."""
    own = tuple(quote.id for quote in evidence if quote.competency_id == competency_id)
    return own or tuple(quote.id for quote in evidence if quote.kind in ("act", "result"))


def _interview(
    gathered: GatheredInterview, model: PositionModel, policy: ScoringPolicy, facts: InterviewFacts
) -> Interview:
    started = gathered.started
    return Interview(
        interview_id=facts.interview_id,
        applicant_name=facts.applicant_name,
        position_id=started.position_id if started else model.id,
        position_version=started.position_version if started else model.version,
        position=facts.position,
        employer=facts.employer,
        language=started.language if started else "zh",
        profile=started.profile if started else policy.profile,
        started_at=facts.started_at,
        ended_at=facts.ended_at,
        ended=gathered.ended.reason if gathered.ended else "",
    )


def _engines(gathered: GatheredInterview, raters: Sequence[Rater]) -> tuple[Engine, ...]:
    """Every model that had a part; a fixture announces itself here as everywhere."""
    names = {said.engine for answer in gathered.answers.values() for said in answer.utterances.values()}
    if gathered.started is not None:
        names.add(gathered.started.speech_engine)
    speech = [
        Engine("speech", name, FIXTURE_NOTICE if name.startswith("fixture") else None) for name in sorted(names - {""})
    ]
    return (*speech, *(Engine("rater", rater.name) for rater in raters))


def _notes_on_choice(model: PositionModel, left_out: Sequence[str]) -> tuple[Note, ...]:
    """Who reads a total must know what it does not speak of."""
    if not left_out or len(left_out) == len(model.competencies):
        return ()
    labels = [model.competency(name).label for name in left_out]
    zh, en = "、".join(label.zh for label in labels), ", ".join(label.en for label in labels)
    return (
        Note("not_asked", Bilingual(zh=f"本次面试没有考察：{zh}。", en=f"Not asked about in this interview: {en}.")),
    )


def _notes(gathered: GatheredInterview) -> tuple[Note, ...]:
    notes: list[Note] = []
    if gathered.human_requests:
        notes.append(Note("human_requested", HUMAN_REQUESTED))
    if gathered.ended is not None and gathered.ended.reason in ENDED:
        notes.append(Note(gathered.ended.reason, ENDED[gathered.ended.reason]))
    seen = {(observation.observed, observation.question_id) for observation in gathered.observations}
    for observed, question_id in sorted(seen):
        if observed in OBSERVATIONS:
            text = OBSERVATIONS[observed]
            where = f"（{question_id}）" if question_id else ""
            en_where = f" ({question_id})" if question_id else ""
            notes.append(Note(observed, Bilingual(zh=text.zh + where, en=text.en + en_where), audience="hr"))
    return tuple(notes)
