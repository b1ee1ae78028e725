"""Files of rules: mistakes with their line; and no way to write a rejection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.rules.rulebook import EFFECTS, RulesInvalid, load
from server.automation import default_rules

GOOD = """\
mode: auto_advance
rules:
  - id: qualified
    event: resume.read
    positions: [teller]
    when: [degree >= bachelor, years >= 1]
    then: invite
    say: {zh: 符合, en: Qualified}
  - id: high
    event: report.ready
    when: [report_total >= 75]
    then: advance
    to: second_round
    say: {zh: 高分, en: High}
"""


def flaws(source: str) -> list[str]:
    with pytest.raises(RulesInvalid) as raised:
        load(source)
    return [str(flaw) for flaw in raised.value.flaws]


def test_a_file_as_it_should_be() -> None:
    book = load(GOOD)
    assert book.mode == "auto_advance"
    assert [(rule.id, rule.line, rule.then, rule.to) for rule in book.rules] == [
        ("qualified", 3, "invite", ""),
        ("high", 9, "advance", "second_round"),
    ]
    assert book.rules[0].positions == ("teller",)
    assert book.digest.startswith("sha256:")


def test_those_that_ship_are_sound_and_confirmed_by_hr() -> None:
    assert load(default_rules()).mode == "hr_confirms"


def test_without_a_mode_hr_confirms() -> None:
    assert load(GOOD.replace("mode: auto_advance\n", "")).mode == "hr_confirms"


@pytest.mark.parametrize(
    "word", ["reject", "auto_reject", "decline", "hold", "archive", "skip", "disqualify", "hide", ""]
)
def test_there_is_no_effect_that_turns_anybody_away(word: str) -> None:
    assert word not in EFFECTS
    assert set(EFFECTS) == {"invite", "advance", "ask_hr", "look_closer", "tag", "notify"}
    [flaw] = [each for each in flaws(GOOD.replace("then: invite", f"then: '{word}'")) if "effect" in each]
    assert flaw.startswith("line 7: rule qualified:")
    assert flaws(GOOD.replace("auto_advance", "auto_reject"))[0].endswith("nothing rejects)")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("degree >= bachelor", "degree >= genius", "line 6: rule qualified: unknown symbol"),
        ("degree >= bachelor", "gender == 1", "line 6: rule qualified: rules never see 'gender'"),
        ("event: report.ready", "event: moon.full", "line 10: rule high: 'moon.full' is no event"),
        ("    to: second_round\n", "", "line 9: rule high: to: belongs to advance"),
        ("to: second_round", "to: rejected", "line 13: rule high: to: belongs to advance"),
        ("id: high", "id: qualified", "line 9: rule qualified: another rule has this id"),
        ("id: high", "id: high score", "letters, digits and _"),
        ("say: {zh: 高分, en: High}", "say: {zh: 高分}", "line 14: rule high: say:"),
        ("    then: invite\n", "", "then: is missing"),
        ("then: invite", "then: invite\n    weight: 3", "line 8: rule qualified: 'weight' is not known here"),
        ("when: [report_total >= 75]", "when: []", "line 11: rule high: when:"),
        ("rules:", "rulez:", "'rulez' is not known"),
        ("positions: [teller]", "positions: teller", "positions: is a list"),
    ],
)
def test_a_mistake_is_told_with_its_line(before: str, after: str, says: str) -> None:
    assert any(says in flaw for flaw in flaws(GOOD.replace(before, after))), flaws(GOOD.replace(before, after))


def test_all_mistakes_are_told_at_once() -> None:
    assert len(flaws(GOOD.replace("degree >= bachelor", "salary > 1").replace("to: second_round", "to: moon"))) == 2


@pytest.mark.parametrize(
    "source", ["", "[]", "a: [", "mode: hr_confirms\nrules: 3", "!!python/object:os.system {}", "x" * 100_001]
)
def test_what_is_no_file_of_rules(source: str) -> None:
    assert flaws(source)


@given(st.text(alphabet="moderuls: -[]{}\n\"'auto_advance&*!#%", max_size=200))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        book = load(source)
    except RulesInvalid:
        return
    assert book.rules == ()  # a whole rule is nothing that chance writes
