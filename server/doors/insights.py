"""Decision support for HR: figures with their uncertainty, suggestions with their inputs. Nothing here decides."""

from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge.insight.funnel import PASS_MARK
from server.access import RECRUITERS, hr
from server.house import house
from server.problems import Problem
from server.requests import answer
from server.store import people


async def funnel(request: Request) -> Response:
    """``GET /api/v1/insights/funnel?by=position|channel&pass_mark=``."""
    user = await hr(request, RECRUITERS)
    by = request.query_params.get("by", "position")
    if by not in ("position", "channel"):
        raise Problem("request_invalid", detail="by is position or channel")
    mark = _points(request, "pass_mark", PASS_MARK)
    found = await house(request).insights.funnel(by, PASS_MARK if mark is None else mark)
    await _note(request, user.name, "read_funnel", by)
    return answer(found)


async def pool(request: Request) -> Response:
    """``GET /api/v1/insights/pool?text=&strong=a,b&position_id=&least_total=``."""
    user = await hr(request, RECRUITERS)
    wanted = request.query_params
    strong = [key for key in wanted.get("strong", "").split(",") if key]
    least = _points(request, "least_total", None)
    found = await house(request).insights.pool(
        wanted.get("text", "")[:200], strong, wanted.get("position_id", ""), least
    )
    await _note(request, user.name, "read_talent_pool", "persons", f"{len(found)} rows")
    return answer({"items": found[:500], "found": len(found)})


async def person(request: Request) -> Response:
    """``GET /api/v1/insights/persons/{id}``."""
    user = await hr(request, RECRUITERS)
    person_id = request.path_params["id"]
    found = await house(request).insights.person(person_id)
    if found is None:
        raise Problem("person_unknown")
    await _note(request, user.name, "read_insights", person_id)
    return answer(found)


async def retention(request: Request) -> Response:
    """``GET /api/v1/insights/retention``: only where the law of the place lets HR see predictions about people."""
    user = await hr(request, RECRUITERS)
    if not house(request).insights.may_predict:
        raise Problem("prediction_forbidden")
    found = await house(request).insights.retention()
    await _note(request, user.name, "read_retention", "persons", f"{len(found['employees'])} rows")
    return answer(found)


async def outcomes(request: Request) -> Response:
    """``GET /api/v1/insights/outcomes``."""
    user = await hr(request, RECRUITERS)
    found = await house(request).insights.outcomes()
    await _note(request, user.name, "read_outcomes", "persons")
    return answer(found)


async def _note(request: Request, actor: str, action: str, subject: str, detail: str = "") -> None:
    async with house(request).engine.begin() as store:
        await people.note(store, actor, action, subject, detail)


def _points(request: Request, name: str, default: float | None) -> float | None:
    text = request.query_params.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise Problem("request_invalid", detail=f"{name} is a number from 0 to 100")
    return value
