"""What class of data each field of the canonical model is: the tag that masking, encryption and export follow.

JR/T 0171-2020 has three classes: ``public`` and ``internal`` are below or at its C1, ``personal`` is C2, ``sensitive``
is C3 and what PIPL article 28 calls sensitive personal information: pay, health, reasons of a private kind. A sensitive
field is never stored readable (``ehr_bridge.records``), never in a log, a list or a timeline.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec


class DataClass(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"

    @property
    def jrt_0171(self) -> str:
        """The class of JR/T 0171-2020."""
        return {"personal": "C2", "sensitive": "C3"}.get(self.value, "C1")


_RANK = {each: rank for rank, each in enumerate(DataClass)}


def _class(data_class: DataClass) -> msgspec.Meta:
    # Twice: ``extra`` for us, ``x-data-class`` for whoever reads the published schema.
    return msgspec.Meta(extra={"data_class": data_class}, extra_json_schema={"x-data-class": data_class.value})


Public = _class(DataClass.PUBLIC)
Internal = _class(DataClass.INTERNAL)
Personal = _class(DataClass.PERSONAL)
Sensitive = _class(DataClass.SENSITIVE)

PublicText = Annotated[str, Public]
InternalText = Annotated[str, Internal]
PersonalText = Annotated[str, Personal]


def data_classes(struct: type[msgspec.Struct]) -> dict[str, DataClass]:
    """Field name → class of data. Raises ``ValueError`` for a field without a tag: none may be forgotten."""
    hints = get_type_hints(struct, include_extras=True)
    return {field.name: _data_class(struct, field.name, hints[field.name]) for field in msgspec.structs.fields(struct)}


def sensitive_fields(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(name for name, each in data_classes(struct).items() if each is DataClass.SENSITIVE)


def _data_class(struct: type[msgspec.Struct], name: str, hint: Any) -> DataClass:
    for tag in _tags(hint):
        return tag
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return max(data_classes(hint).values(), key=_RANK.__getitem__)
    raise ValueError(f"{struct.__name__}.{name} says nothing about its class of data")


def _tags(hint: Any) -> Iterator[DataClass]:
    if get_origin(hint) is Annotated:
        for meta in get_args(hint)[1:]:
            if isinstance(meta, msgspec.Meta) and meta.extra and "data_class" in meta.extra:
                yield DataClass(meta.extra["data_class"])
