"""A mapping on the way out: the employer's codes and formats in an interview result, before an adapter sees it."""

from collections.abc import Callable

import msgspec

from ehr_bridge.adapters.destination import PermanentFailure
from ehr_bridge.canonical import ResultPayload
from ehr_bridge.mapping.apply import apply
from ehr_bridge.mapping.model import Mapping

KIND = "interview_result"


def outgoing(mapping: Mapping) -> Callable[[ResultPayload], ResultPayload]:
    """Maps ``{"applicant": …, "result": …}``; the report itself is sealed and stays what it is.

    The result raises ``PermanentFailure`` mapping_refused with the field and the reason, and mapping_misfit where what
    the mapping made is no result any more."""

    def mapped(payload: ResultPayload) -> ResultPayload:
        document = {
            "applicant": msgspec.to_builtins(payload.applicant),
            "result": msgspec.to_builtins(payload.result),
        }
        found = apply(mapping, KIND, document)
        if found.value is None:
            flaw = next(flaw for flaw in found.flaws if flaw.refuses)
            raise PermanentFailure("mapping_refused", f"{mapping.name}: {flaw.to}: {flaw.problem}")
        try:
            return msgspec.structs.replace(
                payload,
                applicant=msgspec.convert(found.value["applicant"], type(payload.applicant)),
                result=msgspec.convert(found.value["result"], type(payload.result)),
            )
        except (KeyError, msgspec.ValidationError) as error:
            where = str(error).rpartition(" - at ")[2] or "a part is gone"
            raise PermanentFailure("mapping_misfit", f"{mapping.name}: {where}") from None

    return mapped
