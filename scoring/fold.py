"""``report = fold(evidence)``: pure, so that the same evidence log gives the same bytes on any day and machine."""

from collections.abc import Iterable, Sequence

import msgspec

from scoring import aggregate, delivery, feedback, guards, quotes
from scoring.answers import GatheredInterview, gather
from scoring.bilingual import Bilingual
from scoring.calibration import Calibration, calibrated, fits
from scoring.campaign import not_asked, restricted
from scoring.culture import CultureSet, merged
from scoring.examining import examine, planned_questions
from scoring.guards import Verdict
from scoring.hints import hint_notes
from scoring.outside import opinions
from scoring.outside.opinions import Opinion
from scoring.policy import ScoringPolicy
from scoring.position_model import PositionModel
from scoring.positions import digest
from scoring.raters import AnswerToRate, Combined, Rater, combine, nearest
from scoring.report import (
    REPORT_VERSION,
    AnswerReport,
    CultureUsed,
    Engine,
    Evidence,
    Finding,
    Interview,
    LeafRating,
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
    said: Iterable[bytes] = (),
) -> Report:
    """The sealed report of one interview. EvidenceInvalid if the log is damaged, OpinionInvalid if ``said`` is, which
    holds the stored opinions of outside raters; nothing else is an error: whatever is missing is reported as missing,
    and a calibration for another way of scoring is not used. ``culture``: the employer's own phrases, if any."""
    outside = opinions.read(said)
    names = [rater.name for rater in raters] + sorted({opinion.rater for opinion in outside})
    gathered = gather(records)
    whole, model = model, merged(model, culture)
    if calibration is not None and not fits(calibration, model, names):
        calibration = None
    planned = planned_questions(gathered, model)
    asked = _asked(gathered, model, planned)
    left_out = not_asked(model, planned)
    model = restricted(model, planned)
    answers = tuple(
        _answer(question_id, index, gathered, model, policy, raters, outside)
        for index, question_id in enumerate(asked, start=1)
    )
    if policy.nonverbal != "off":
        from scoring import nonverbal  # a room that stays shut unless the law opens it

        answers = nonverbal.with_faces(answers, gathered.answers)
        points = nonverbal.points(answers, policy.nonverbal_share)
    else:
        points = 0.0
    report = _report(gathered, model, policy, interview, raters, outside, asked, answers, points, calibration)
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
    outside: Sequence[Opinion],
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
        engines=(*_engines(gathered, raters, outside), *([calibration.engine()] if calibration else [])),
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
    outside: Sequence[Opinion],
) -> AnswerReport:
    examined = examine(question_id, gathered, model)
    answer, question, verdict = examined.answer, examined.question, examined.verdict
    evidence = quotes.collect(examined.usable, model, question_id)
    scores: tuple[LeafScore, ...] = ()
    findings = verdict.findings
    if examined.ratable:
        said = opinions.latest(outside, question_id, answer.transcript)
        counted = [one for each in said for one in opinions.counted(each, examined.usable, question.measures)]
        evidence += quotes.of_outside(examined.usable, counted, question_id)
        ratings = combine(
            raters,
            AnswerToRate(model, question, examined.usable),
            [(one.rater, one.rating) for one in counted],
        )
        scores = tuple(_leaf(rating, model, verdict, evidence) for rating in ratings)
        findings += _on_raters(ratings, said)
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
        word_count=len(answer.transcript.words),
        segments=quotes.segments(examined.reading),
        delivery=delivery.describe(answer, answer.transcript, pitch_allowed=policy.nonverbal != "off"),
        quality=Quality(verdict.reason is None, verdict.reason, findings),
        evidence=evidence,
        scores=scores,
        needs_human=verdict.needs_human or any(found.code == "raters_disagree" for found in findings),
    )


def _on_raters(ratings: Sequence[Combined], said: Sequence[Opinion]) -> tuple[Finding, ...]:
    apart = [rating.competency_id for rating in ratings if rating.needs_human]
    found = [guards.finding("raters_disagree", "noted", detail=", ".join(apart))] if apart else []
    failed = [f"{opinion.rater}: {opinion.failure}" for opinion in said if opinion.failure]
    if failed:
        found.append(guards.finding("rater_unavailable", "noted", detail="; ".join(failed)))
    return tuple(found)


def _leaf(rating: Combined, model: PositionModel, verdict: Verdict, evidence: Sequence[Evidence]) -> LeafScore:
    level = min(rating.level, float(verdict.cap))
    said = rating.said if len(rating.said) > 1 else ()
    return LeafScore(
        competency_id=rating.competency_id,
        level=level,
        anchor=model.competency(rating.competency_id).anchors[nearest(level)],
        why=rating.why,
        evidence=_cited(evidence, rating.competency_id),
        spread=rating.spread,
        ratings=tuple(LeafRating(one.rater, one.level, one.why) for one in said),
    )


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


def _engines(gathered: GatheredInterview, raters: Sequence[Rater], outside: Sequence[Opinion]) -> tuple[Engine, ...]:
    """Every model that had a part; what must be known about one is said here as everywhere."""
    names = {said.engine for answer in gathered.answers.values() for said in answer.utterances.values()}
    notices: dict[str, Bilingual | None] = {}
    if gathered.started is not None:
        names.add(gathered.started.speech_engine)
        notices[gathered.started.speech_engine] = gathered.started.speech_notice
    notices |= {name: FIXTURE_NOTICE for name in names if name.startswith("fixture")}
    speech = [Engine("speech", name, notices.get(name)) for name in sorted(names - {""})]
    asked = sorted({(opinion.rater, opinion.model) for opinion in outside if not opinion.failure})
    said = [Engine("rater", name if model in ("", name) else f"{name} ({model})") for name, model in asked]
    return (*speech, *(Engine("rater", rater.name) for rater in raters), *said)


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
