"""No two processes ever believe that they hold the same interview: any delays, losses, stops and orders of things."""

from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.live.lease import HeldBy, LeaseBook, LeaseRules, LeasesUnavailable, ProcessCard, Tenure

RULES = LeaseRules()
NAMES = ("p", "q", "r")


def card(name: str) -> ProcessCard:
    return ProcessCard(id=name, url=f"http://{name}")


def test_a_claim_lasts_as_long_as_its_processs_card() -> None:
    book = LeaseBook()
    assert book.renew(card("p"), 0) is False  # the first: a new term
    assert book.renew(card("q"), 0) is False
    assert book.claim("p", "i", 1, 100) is None
    held = book.claim("q", "i", 1, 200)
    assert held == HeldBy(card("p"), RULES.ttl_ms - 200)
    assert not held.silent()
    assert book.renew(card("p"), 1_000) is True
    assert book.renew(card("q"), 5_000) is True
    late = book.find("i", 1_000 + RULES.silent_after_ms + 1)
    assert late is not None
    assert late.silent()
    assert book.find("i", 1_000 + RULES.ttl_ms) is None
    assert book.claim("q", "i", 2, 1_000 + RULES.ttl_ms) is None
    assert book.renew(card("p"), 9_000) is False  # it lapsed: whatever p held is void
    assert book.claim("p", "i", 2, 9_000) == HeldBy(card("q"), 5_000 + RULES.ttl_ms - 9_000)


def test_who_has_no_card_claims_nothing() -> None:
    book = LeaseBook()
    with pytest.raises(LeasesUnavailable):
        book.claim("p", "i", 1, 0)


def test_a_release_undoes_its_own_claim_only() -> None:
    book = LeaseBook()
    book.renew(card("p"), 0)
    book.claim("p", "i", 1, 0)
    book.claim("p", "i", 2, 0)
    book.release("p", "i", 1)  # it was long under way
    assert book.find("i", 1) is not None
    book.release("p", "i", 2)
    assert book.find("i", 1) is None


def test_who_leaves_sets_everything_free_at_once() -> None:
    book = LeaseBook()
    book.renew(card("p"), 0)
    book.renew(card("q"), 0)
    book.claim("p", "i", 1, 0)
    book.leave("p")
    assert book.claim("q", "i", 1, 1) is None


def test_a_process_stops_before_its_card_does() -> None:
    tenure = Tenure()
    assert not tenure.holds(0)
    tenure.renewed(1_000, continuous=False)  # asked at 1.0 s; the card was written at some later moment
    assert tenure.holds(1_000 + RULES.ttl_ms - RULES.margin_ms - 1)
    assert not tenure.holds(1_000 + RULES.ttl_ms - RULES.margin_ms)
    term = tenure.term
    tenure.renewed(2_000, continuous=True)
    tenure.renewed(1_500, continuous=True)  # an answer that was overtaken
    assert tenure.left_ms(2_000) == RULES.ttl_ms - RULES.margin_ms
    assert tenure.term == term
    tenure.renewed(9_000, continuous=False)
    assert tenure.term == term + 1


def test_redis_may_stand_still_for_five_seconds() -> None:
    """Just before a renewal was due it stops, for 5 s; the renewal that waits is answered in time."""
    assert RULES.renew_ms + 5_000 < RULES.ttl_ms - RULES.margin_ms


# --------------------------------------------------------------------------- any order of things
@dataclass
class Process:
    """One that asks, and believes what it may. Being stopped is nothing of its own: it just does nothing."""

    name: str
    tenure: Tenure = field(default_factory=Tenure)
    claims: dict[str, int] = field(default_factory=dict)  # interview -> the term it was claimed in
    numbers: dict[str, int] = field(default_factory=dict)
    counted: int = 0

    def believes(self, interview: str, now_ms: int) -> bool:
        return self.tenure.holds(now_ms) and self.claims.get(interview) == self.tenure.term


@dataclass
class Question:
    """On its way to Redis, then on its way back; it may stay on either way for ever."""

    who: Process
    kind: Literal["renew", "claim", "release"]
    asked_ms: int
    interview: str = ""
    number: int = 0
    term: int = 0
    answer: bool | None = None


STEPS = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from([1, 400, 900, 2_500, 5_000, 7_000, 8_000]), st.just(0)),
    st.tuples(st.sampled_from(["renew", "claim", "release"]), st.integers(0, 2), st.integers(0, 1)),
    st.tuples(st.sampled_from(["arrive", "return"]), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("prompt"), st.integers(0, 2), st.integers(0, 1)),
)


@settings(max_examples=600, deadline=None)
@given(st.lists(STEPS, max_size=60))
def test_no_two_holders_ever(steps: list[tuple[str, int, int]]) -> None:
    book, now_ms = LeaseBook(), 0
    processes = [Process(name) for name in NAMES]
    out: list[Question] = []
    back: list[Question] = []

    def ask(who: Process, kind: Literal["renew", "claim", "release"], interview: str) -> Question:
        question = Question(who, kind, now_ms, interview, term=who.tenure.term)
        if kind == "claim":
            who.counted += 1
            question.number = who.counted
        if kind == "release":
            who.claims.pop(interview, None)  # first stop, then say so
            question.number = who.numbers.get(interview, 0)
        return question

    def arrive(question: Question) -> None:
        who = question.who
        if question.kind == "renew":
            question.answer = book.renew(card(who.name), now_ms)
        elif question.kind == "release":
            book.release(who.name, question.interview, question.number)
        else:
            try:
                question.answer = book.claim(who.name, question.interview, question.number, now_ms) is None
            except LeasesUnavailable:
                question.answer = False

    def hear(question: Question) -> None:
        who = question.who
        if question.kind == "renew":
            assert question.answer is not None
            who.tenure.renewed(question.asked_ms, continuous=question.answer)
        elif question.kind == "claim" and question.answer and question.number > who.numbers.get(question.interview, 0):
            who.claims[question.interview], who.numbers[question.interview] = question.term, question.number

    for step, which, second in steps:
        if step == "pass":
            now_ms += which
        elif step == "arrive" and out:
            question = out.pop(which % len(out))
            arrive(question)
            back.append(question)
        elif step == "return" and back:
            hear(back.pop(which % len(back)))
        elif step == "prompt":  # what mostly happens: question and answer in no time
            for kind in ("renew", "claim"):
                question = ask(processes[which], kind, "ij"[second])  # type: ignore[arg-type]
                arrive(question)
                hear(question)
        elif step in ("renew", "claim", "release"):
            out.append(ask(processes[which], step, "ij"[second]))  # type: ignore[arg-type]
        for interview in "ij":
            assert sum(process.believes(interview, now_ms) for process in processes) <= 1


@given(st.integers(0, 20_000), st.integers(0, 1_500), st.integers(0, 1_500))
def test_somebody_always_gets_it_in_the_end(after_ms: int, there_ms: int, way_back_ms: int) -> None:
    """No interview is locked up: whatever became of its holder, one renewal and one claim after the lease."""
    book = LeaseBook()
    book.renew(card("p"), 0)
    book.claim("p", "i", 1, 0)
    now_ms = max(after_ms, RULES.ttl_ms)
    book.renew(card("q"), now_ms)
    assert book.claim("q", "i", 1, now_ms + there_ms + way_back_ms) is None
