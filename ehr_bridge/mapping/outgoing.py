"""A mapping on the way out: the employer's codes and formats in an interview result, before an adapter sees it.

What people decided is told as they decided it; whom it is about is written as in the result, by the same rules."""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from ehr_bridge.adapters.destination import PermanentFailure
from ehr_bridge.canonical import ResultPayload
from ehr_bridge.canonical.payloads import RecordPayload
from ehr_bridge.mapping.apply import apply
from ehr_bridge.mapping.model import Mapping

KIND = "interview_result"
Content = ResultPayload | RecordPayload


def outgoing(mapping: Mapping) -> Callable[[Content], Content]:
    """Maps ``{"applicant": …, "result": …}``; of a decision or a panel's result ``{"applicant": …}`` by those fields
    that are about it. The report itself is sealed and stays what it is.

    The result raises ``PermanentFailure`` mapping_refused with the field and the reason, and mapping_misfit where what
    the mapping made is no result any more."""

    about = _about_applicants(mapping)

    def mapped(payload: Content) -> Content:
        parts: dict[str, msgspec.Struct] = {"applicant": payload.applicant}
        if isinstance(payload, ResultPayload):
            parts |= {"result": payload.result}
        own = mapping if isinstance(payload, ResultPayload) else about
        found = apply(own, KIND, {name: msgspec.to_builtins(part) for name, part in parts.items()})
        if found.value is None:
            flaw = next(flaw for flaw in found.flaws if flaw.refuses)
            raise PermanentFailure("mapping_refused", f"{mapping.name}: {flaw.to}: {flaw.problem}")
        try:
            made = {name: msgspec.convert(found.value[name], type(part)) for name, part in parts.items()}
        except (KeyError, msgspec.ValidationError) as error:
            where = str(error).rpartition(" - at ")[2] or "a part is gone"
            raise PermanentFailure("mapping_misfit", f"{mapping.name}: {where}") from None
        return msgspec.structs.replace(payload, **made)

    return mapped


def _about_applicants(mapping: Mapping) -> Mapping:
    known = mapping.records[KIND]
    fields = tuple(
        one for one in known.fields if all(way.startswith("applicant.") for way in (one.to, one.source or one.to))
    )
    return replace(mapping, records={KIND: replace(known, fields=fields)})
