"""Suggestions: why, why not, and that nobody is ever left lying or turned away."""

from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.rules.decide import BY_ITSELF, FOR_PEOPLE, FORWARD, NO_RULE, decide
from ehr_bridge.rules.inputs import Value
from ehr_bridge.rules.rulebook import EFFECTS, Rulebook, load

BOOK = """\
mode: {mode}
rules:
  - id: qualified
    event: resume.read
    positions: [teller]
    when: [degree >= bachelor, years >= 1]
    then: invite
    say: {{zh: 符合, en: Qualified}}
  - id: short
    event: resume.read
    when: [years < 1]
    then: look_closer
    say: {{zh: 年限短, en: Short}}
  - id: pool
    event: resume.read
    when: ['"CPA" in certificates']
    then: tag
    tag: 持证
    say: {{zh: 持证, en: Certified}}
  - id: offer
    event: decided
    when: [total_that_holds >= 90]
    then: advance
    to: offer
    say: {{zh: 录用, en: Offer}}
"""
TELLER: dict[str, Value] = {"position": "teller", "degree": 3.0, "years": 2.0, "certificates": ()}


def book(mode: str = "hr_confirms") -> Rulebook:
    return load(BOOK.format(mode=mode))


def test_which_rule_fired_and_why_and_why_the_others_did_not() -> None:
    outcome = decide(book(), "resume.read", TELLER)
    assert [(each.rule, each.effect, each.by_itself) for each in outcome.suggestions] == [
        ("qualified", "invite", False)
    ]
    assert [(each.rule, each.result) for each in outcome.explained] == [
        ("qualified", "fired"), ("short", "did_not_hold"), ("pool", "did_not_hold"),
    ]  # fmt: skip
    assert outcome.explained[1].checked[0].used == {"years": 2.0}


def test_what_is_unknown_goes_to_people() -> None:
    outcome = decide(book("auto_advance"), "resume.read", TELLER | {"years": None}, may_advance_alone=True)
    assert [each.result for each in outcome.explained][:2] == ["unknown", "unknown"]
    assert [(each.rule, each.effect, each.by_itself) for each in outcome.suggestions] == [(NO_RULE, "ask_hr", False)]


def test_a_rule_of_another_position_does_not_speak() -> None:
    outcome = decide(book(), "resume.read", TELLER | {"position": "lawyer"})
    assert outcome.explained[0].result == "other_position"
    assert [each.rule for each in outcome.suggestions] == [NO_RULE]


def test_alone_only_where_mode_and_law_both_allow_it() -> None:
    assert decide(book("auto_advance"), "resume.read", TELLER, may_advance_alone=True).suggestions[0].by_itself
    assert not decide(book("auto_advance"), "resume.read", TELLER).suggestions[0].by_itself
    assert not decide(book(), "resume.read", TELLER, may_advance_alone=True).suggestions[0].by_itself


def test_a_doubt_holds_the_others_back_from_acting_alone() -> None:
    doubtful = BOOK.replace("years < 1", "years < 3").format(mode="auto_advance")
    outcome = decide(load(doubtful), "resume.read", TELLER, may_advance_alone=True)
    assert [(each.effect, each.by_itself) for each in outcome.suggestions] == [
        ("invite", False),
        ("look_closer", False),
    ]


def test_an_offer_is_never_made_alone() -> None:
    outcome = decide(
        book("auto_advance"), "decided", {"position": "x", "total_that_holds": 95.0}, may_advance_alone=True
    )
    assert [(each.to, each.by_itself) for each in outcome.suggestions] == [("offer", False)]


def test_a_tag_moves_nobody_and_so_is_not_enough() -> None:
    outcome = decide(book(), "resume.read", TELLER | {"position": "x", "certificates": ("CPA",)})
    assert [(each.effect, each.by_itself) for each in outcome.suggestions] == [("tag", True), ("ask_hr", False)]


NUMBERS = st.none() | st.floats(0, 100)
CASES = st.fixed_dictionaries(
    {
        "position": st.sampled_from(["teller", "x"]),
        "degree": st.none() | st.integers(1, 5).map(float),
        "years": NUMBERS,
        "certificates": st.none() | st.lists(st.sampled_from(["CPA", "CFA"])).map(tuple),
        "total_that_holds": NUMBERS,
    }
)
CONDITIONS = st.sampled_from(
    ["degree >= master", "years < 2", '"CPA" not in certificates', "degree < bachelor or years > 5"]
)
RULES = st.lists(st.tuples(st.lists(CONDITIONS, min_size=1, max_size=3), st.sampled_from(EFFECTS)), max_size=6)


@given(RULES, CASES, st.sampled_from(["hr_confirms", "auto_advance"]), st.booleans())
def test_whatever_the_rules_everybody_goes_ahead_or_before_a_person(
    rules: list[tuple[list[str], str]], case: dict[str, Value], mode: str, alone: bool
) -> None:
    """The property that makes an automatic rejection impossible: no file of rules and no facts lead to a case without
    a step ahead or a suggestion that waits for a person."""
    text = f"mode: {mode}\nrules:\n" if rules else f"mode: {mode}\nrules: []\n"
    for number, (when, then) in enumerate(rules):
        more = {"advance": "\n    to: second_round", "tag": "\n    tag: t"}.get(then, "")
        conditions = "".join(f"\n      - '{each}'" for each in when)
        text += f"  - id: r{number}\n    event: resume.read\n    when:{conditions}\n    then: {then}{more}\n"
        text += "    say: {zh: 好, en: ok}\n"
    outcome = decide(load(text), "resume.read", case, may_advance_alone=alone)
    assert any(each.effect in FORWARD | FOR_PEOPLE for each in outcome.suggestions)
    for each in outcome.suggestions:
        assert each.effect in EFFECTS
        assert not each.by_itself or each.effect in FORWARD | BY_ITSELF
    assert len(outcome.explained) == len(rules)
