"""Letters and digits as digits alone: every id has one number, every number one id, and typing errors are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.mapping.ids import FormatInvalid, IdFormat, IdInvalid, parse

BANK = parse(r"[A-Z]{2}\d{6}")
VARYING = parse(r"CMB[A-HJ-NP-Z0-9]{2,4}", check_digit=True)


@st.composite
def ids(draw: st.DrawFn, form: IdFormat) -> str:
    return "".join(
        "".join(draw(st.lists(st.sampled_from(piece.alphabet), min_size=piece.least, max_size=piece.most)))
        for piece in form.pieces
    )


@pytest.mark.parametrize("form", [BANK, VARYING], ids=["fixed", "varying"])
@given(data=st.data())
def test_there_and_back(form: IdFormat, data: st.DataObject) -> None:
    own = data.draw(ids(form))
    theirs = form.to_digits(own)
    assert len(theirs) == form.width
    assert theirs.isdigit()
    assert form.from_digits(theirs) == own


@given(st.integers(0, BANK.count - 1))
def test_back_and_there(rank: int) -> None:
    theirs = str(rank).zfill(BANK.width)
    assert BANK.to_digits(BANK.from_digits(theirs)) == theirs


def test_every_id_of_a_small_format_has_a_number_of_its_own() -> None:
    small = parse("X[ab]{1,3}")
    numbers = [str(rank).zfill(small.width) for rank in range(small.count)]
    own = [small.from_digits(number) for number in numbers]
    assert own[:4] == ["Xa", "Xb", "Xaa", "Xab"]
    assert len(set(own)) == small.count == 2 + 4 + 8
    assert [small.to_digits(name) for name in own] == numbers


def test_the_numbers_of_the_format_that_clashed() -> None:
    """Letters and digits on one side, digits on the other."""
    assert (BANK.count, BANK.width) == (26 * 26 * 10**6, 9)
    assert BANK.to_digits("AA000000") == "000000000"
    assert BANK.to_digits("ZZ999999") == "675999999"


def test_a_wrong_digit_and_two_that_were_swapped_are_refused() -> None:
    right = VARYING.to_digits("CMBX7Q")
    wrong = str((int(right[0]) + 1) % 10) + right[1:]
    at = next(at for at in range(len(right) - 1) if right[at] != right[at + 1])
    swapped = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    for theirs in (wrong, swapped):
        with pytest.raises(IdInvalid) as caught:
            VARYING.from_digits(theirs)
        assert caught.value.code == "id_check_digit"


@pytest.mark.parametrize(
    ("theirs", "code"),
    [("12345678", "id_of_other_width"), ("12345678x", "id_of_other_width"), ("１23456789", "id_of_other_width"),
     ("999999999", "id_too_large")],
)  # fmt: skip
def test_numbers_that_are_nobodys(theirs: str, code: str) -> None:
    with pytest.raises(IdInvalid) as caught:
        BANK.from_digits(theirs)
    assert caught.value.code == code
    assert theirs not in str(caught.value)


@pytest.mark.parametrize("own", ["A1000000", "AA00000", "AA0000000", "aa000000", ""])
def test_ids_of_another_format(own: str) -> None:
    with pytest.raises(IdInvalid) as caught:
        BANK.to_digits(own)
    assert caught.value.code == "id_of_other_format"


@pytest.mark.parametrize(
    ("pattern", "width", "problem"),
    [
        (r"[A-Z]{1,2}\d{1,3}", None, "only one part"),
        (r"[A-Z]{2}\d{6}", 8, "need 9 digits"),
        ("[AA]", None, "twice"),
        ("[Z-A]", None, "ends before it begins"),
        (r"\d{3,2}", None, "ends before it begins"),
        (r"\d{41}", None, "1 to 40"),
        ("", None, "1 to 40"),
        ("(a|b)", None, "is no literal"),
    ],
)
def test_formats_that_are_no_bijection_are_refused(pattern: str, width: int | None, problem: str) -> None:
    with pytest.raises(FormatInvalid, match=problem):
        parse(pattern, width)
