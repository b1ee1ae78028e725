"""The published schemas are the model's, and every property says its class of data."""

import jsonschema
import msgspec

from ehr_bridge.canonical import data_classes, sensitive_fields
from ehr_bridge.canonical.records import KINDS, TITLES, Offer
from ehr_bridge.canonical.schemas import DEFAULT, STRUCTS, schema, schema_json


def test_the_published_schema_is_the_models() -> None:
    assert DEFAULT.read_bytes() == schema_json(), "run: python -m ehr_bridge.canonical.schemas"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_every_property_of_it_says_its_class_of_data() -> None:
    for struct in STRUCTS:
        classes = data_classes(struct)
        for name, prop in schema()["$defs"][struct.__name__]["properties"].items():
            nested = "$ref" in prop or any("$ref" in each for each in prop.get("anyOf", []))
            assert prop.get("x-data-class") == classes[name] or nested, f"{struct.__name__}.{name}"


def test_an_offer_is_valid_and_half_of_one_is_not() -> None:
    validator = jsonschema.Draft202012Validator({**schema(), "anyOf": [{"$ref": "#/$defs/Offer"}]})
    offer = {"at": "2026-03-01T00:00:00Z", "state": "accepted", "salary": {"amount_minor": 1_250_000}}
    assert validator.is_valid(offer)
    assert not validator.is_valid({**offer, "state": "maybe"})
    assert msgspec.convert(offer, Offer).state == "accepted"


def test_what_is_sensitive() -> None:
    assert {kind: sensitive_fields(struct) for kind, struct in KINDS.items() if sensitive_fields(struct)} == {
        "offer": ("salary",),
        "onboarding": ("medical",),
        "leave": ("reason",),
    }


def test_every_kind_has_a_title_and_a_time() -> None:
    assert set(KINDS) < set(TITLES)
    for struct in KINDS.values():
        assert struct.__struct_fields__[0] == "at"
