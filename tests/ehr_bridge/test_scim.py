"""SCIM's filters and patches: what the RFC shows, what clients really send, and whatever anybody may make up."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.scim.attributes import ENTERPRISE, USER
from ehr_bridge.scim.errors import ScimError
from ehr_bridge.scim.paths import holds, read_filter, read_path
from ehr_bridge.scim.resources import Employee, accepted, name_of, patched, person_of, shown

JENSEN: dict[str, Any] = {
    "userName": "bjensen@example.com",
    "externalId": "701984",
    "name": {"familyName": "Jensen", "givenName": "Barbara"},
    "title": "Tour Guide",
    "userType": "Employee",
    "active": True,
    "emails": [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@jensen.org", "type": "home"},
    ],
    ENTERPRISE: {"employeeNumber": "00701984", "department": "Tour Operations", "manager": {"value": "26118915"}},
}


def resource(attributes: dict[str, Any] = JENSEN) -> dict[str, Any]:
    return shown(Employee("2819c223", 3, 1_267_000_000_000, 1_305_000_000_000, attributes), "https://x/scim/v2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "BJENSEN@example.com"', True),
        ('externalId eq "701984" and title pr', True),
        ('name.familyName co "ENS"', True),
        (f'{USER}:userName sw "bj"', True),
        ('title pr and userType eq "Intern"', False),
        ('title pr or userType eq "Intern"', True),
        ('userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")', True),
        ('userType ne "Employee" and not (emails co "example.com")', False),
        ('emails[type eq "work" and value co "@example.com"]', True),
        ('emails[type eq "work" and value co "jensen.org"]', False),
        ('emails[type eq "home"] and active eq true', True),
        ("active eq false", False),
        ('meta.lastModified gt "2011-05-09T00:00:00Z"', True),
        ('meta.created lt "2010-01-01T00:00:00Z"', False),
        (f'{ENTERPRISE}:employeeNumber eq "00701984"', True),
        (f'{ENTERPRISE}:manager.value eq "26118915"', True),
        ('userName ew ".COM"', True),
        ("nickName eq null", None),
        ("displayName eq null", True),
        ('title ne "Tour Guide"', False),
        ('externalId eq "70198A"', False),
        ('userName eq "a \\" b"', False),
    ],
)
def test_filters(text: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(ScimError, match="no such attribute"):
            read_filter(text)
    else:
        assert holds(read_filter(text), resource()) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "userName",
        "userName eq",
        'userName is "x"',
        'userName eq "x',
        "userName eq x",
        "userName eq {}",
        '(userName eq "x"',
        'userName eq "x") or (title pr',
        'not userName eq "x"',
        'emails[type eq "x"',
        'emails[kind eq "x"]',
        'userName eq "x" and',
        "(" * 200,
        'userName eq "x" or ' * 300,
    ],
)
def test_filters_that_are_none(text: str) -> None:
    with pytest.raises(ScimError) as error:
        read_filter(text)
    assert error.value.scim_type == "invalidFilter"


@given(st.text(alphabet='abeimnqrstuvyoNULPE()[]."\\ ', max_size=60))
def test_no_filter_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(ScimError):
        assert isinstance(holds(read_filter(text), resource()), bool)


def ops(*operations: dict[str, Any], start: dict[str, Any] = JENSEN) -> dict[str, Any]:
    return patched(start, operations)


def test_patches_of_the_rfc() -> None:
    member = {"value": "b@x.org", "type": "other", "primary": True}
    added = ops({"op": "add", "path": "emails", "value": [member]})
    assert [one.get("primary", False) for one in added["emails"]] == [False, False, True]
    assert ops({"op": "add", "path": "emails", "value": [member]}, start=added) == added
    assert ops({"op": "remove", "path": 'emails[type eq "home"]'})["emails"] == JENSEN["emails"][:1]
    assert "emails" not in ops({"op": "remove", "path": "emails"})
    assert ops({"op": "replace", "path": "name.givenName", "value": "Babs"})["name"]["givenName"] == "Babs"
    merged = ops({"op": "add", "value": {"name": {"middleName": "Jane"}, "title": "Guide"}})
    assert merged["name"] == {"familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane"}
    assert ops({"op": "replace", "path": f"{ENTERPRISE}:manager", "value": "7"})[ENTERPRISE]["manager"] == {
        "value": "7"
    }
    assert ENTERPRISE not in ops(
        *({"op": "remove", "path": f"{ENTERPRISE}:{name}"} for name in ("employeeNumber", "department", "manager"))
    )
    assert JENSEN["title"] == "Tour Guide", "what was there is not touched"


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "move", "path": "title", "value": "x"}, "invalidSyntax"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": 'emails[type eq "x"].value', "value": "y"}, "noTarget"),
        ({"op": "replace", "path": "salary", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "meta.created", "value": "x"}, "mutability"),
        ({"op": "remove", "path": "userName"}, "invalidValue"),
        ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue"),
        ({"op": "replace", "path": "title", "value": ["x"]}, "invalidValue"),
        ({"op": "add", "value": "x"}, "invalidValue"),
        ({"op": "add", "path": 7, "value": "x"}, "invalidPath"),
        ("replace", "invalidSyntax"),
    ],
)
def test_patches_that_are_refused(operation: Any, scim_type: str) -> None:
    with pytest.raises(ScimError) as error:
        ops(operation)
    assert error.value.scim_type == scim_type


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "type", "primary", "userName", "emails", ENTERPRISE, "op", "path", "name.givenName"]), inner, max_size=4), max_leaves=8)  # fmt: skip  # noqa: E501


@given(JSON, JSON)
def test_whatever_is_sent_is_taken_or_refused(body: Any, value: Any) -> None:
    for work in (
        lambda: accepted(body),
        lambda: accepted({"schemas": [USER], "userName": "x", "emails": value, ENTERPRISE: body}),
        lambda: ops({"op": "add", "path": "emails", "value": value}),
        lambda: ops({"op": "replace", "value": value}),
        lambda: read_path(str(value)),
    ):
        with contextlib.suppress(ScimError):
            work()


def test_a_password_and_what_is_unknown_are_not_kept() -> None:
    found = accepted({"schemas": [USER], "userName": "x", "password": "secret", "x509Certificates": [{"value": "y"}]})
    assert found == {"userName": "x", "active": True}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ({"familyName": "王", "givenName": "芳"}, "王芳"),
        ({"familyName": "Jensen", "givenName": "Barbara"}, "Barbara Jensen"),
        ({"formatted": "Ms. Barbara J Jensen"}, "Ms. Barbara J Jensen"),
        ({}, "x"),
    ],
)
def test_names(name: dict[str, str], expected: str) -> None:
    assert name_of({"userName": "x", "name": name}) == expected


def test_whom_an_employee_is_to_the_record() -> None:
    person = person_of(JENSEN)
    assert (person.external_id, person.email, person.name) == ("00701984", "bjensen@example.com", "Barbara Jensen")
