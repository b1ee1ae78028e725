import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.merging import KnownPerson, Match, MergeKeys, match, normal_email, normal_name, normal_phone


def keys(external_id: str = "", name: str = "王芳", email: str = "", phone: str = "") -> MergeKeys:
    return MergeKeys.of(external_id=external_id, name=name, email=email, phone=phone)


@pytest.mark.parametrize(
    "written",
    ["13800138000", "138 0013 8000", "+86 138-0013-8000", "0086 13800138000", "8613800138000", "138０0138000"],
)
def test_one_phone_however_it_is_written(written: str) -> None:
    assert normal_phone(written) == "8613800138000"


def test_a_foreign_number_is_not_made_chinese() -> None:
    assert normal_phone("+1 (555) 010-9999") == "15550109999"


def test_names_and_addresses_are_folded() -> None:
    assert normal_name(" 阿卜杜拉·买买提 ") == normal_name("阿卜杜拉•买买提")
    assert normal_name("O'Neil, Jane") == normal_name("ONEIL JANE")
    assert normal_email(" Wang.Fang+hr@Example.COM ") == "wang.fang+hr@example.com"


@given(st.text())
def test_normal_forms_are_stable(text: str) -> None:
    assert normal_name(normal_name(text)) == normal_name(text)
    assert normal_email(normal_email(text)) == normal_email(text)


def test_the_external_id_decides() -> None:
    known = [KnownPerson("P1", keys("CMB1", name="王芳"))]
    assert match(keys("CMB1", name="Wang Fang"), known) == Match("P1")


@pytest.mark.parametrize("contact", [{"email": "w@example.com"}, {"phone": "13800138000"}])
def test_same_contact_and_same_name_is_the_same_person(contact: dict[str, str]) -> None:
    assert match(keys(**contact), [KnownPerson("P1", keys("CMB1", **contact))]) == Match("P1")


def test_same_contact_but_another_name_is_only_a_doubt() -> None:
    """A family shares a telephone: nobody is merged into somebody else."""
    known = [KnownPerson("P1", keys(name="王芳", phone="13800138000"))]
    found = match(keys(name="王明", phone="13800138000"), known)
    assert found == Match(None, (("P1", "same_contact_other_name"),))


def test_contradicting_external_ids_are_only_a_doubt() -> None:
    known = [KnownPerson("P1", keys("CMB1", email="w@example.com"))]
    found = match(keys("CMB2", email="w@example.com"), known)
    assert found == Match(None, (("P1", "same_contact_other_external_id"),))


def test_two_old_records_tied_together_are_shown_and_not_merged() -> None:
    known = [KnownPerson("P1", keys("CMB1")), KnownPerson("P2", keys(email="w@example.com"))]
    found = match(keys("CMB1", email="w@example.com"), known)
    assert found == Match("P1", (("P2", "two_records"),))


def test_nothing_known_matches_nothing() -> None:
    nameless = keys(name="")
    assert match(nameless, [KnownPerson("P1", nameless)]) == Match(None)
