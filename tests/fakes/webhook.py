"""A receiver of Standard Webhooks 1.0 and CloudEvents 1.0: verifies what the two specifications say a receiver does."""

import base64
import hashlib
import hmac
import time
from typing import Any

from tests.fakes.serving import Asked, Told, by_hand

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOLERANCE_S = 300
REQUIRED = ("specversion", "id", "source", "type")


class Receiver:
    """``taken``: events by webhook-id, each once. ``plan``: statuses to answer first."""

    def __init__(self, secret: str = SECRET, plan: tuple[int, ...] = ()) -> None:
        self.secret = secret
        self.plan = list(plan)
        self.taken: dict[str, dict[str, Any]] = {}
        self.came = 0

    def answer(self, asked: Asked) -> Told:
        self.came += 1
        if self.plan:
            return Told(self.plan.pop(0))
        wrong = self._wrong(asked)
        if wrong:
            return Told(400, {"error": wrong})
        self.taken.setdefault(asked.headers["webhook-id"], asked.json())
        return Told(204)

    def _wrong(self, asked: Asked) -> str:
        headers = asked.headers
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            if not headers.get(name):
                return f"{name} is missing"
        if abs(time.time() - int(headers["webhook-timestamp"])) > TOLERANCE_S:
            return "the timestamp is too far away"
        if not self._signed(asked):
            return "no signature matches"
        if not headers["content-type"].startswith("application/cloudevents+json"):
            return "not in structured mode"
        event = asked.json()
        missing = [name for name in REQUIRED if not isinstance(event.get(name), str) or not event[name]]
        if missing or event["specversion"] != "1.0":
            return f"not a CloudEvent: {missing}"
        odd = [name for name in event if not (name.isalnum() and name.islower())]
        return f"attribute names are lower-case letters and digits: {odd}" if odd else ""

    def _signed(self, asked: Asked) -> bool:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        headers = asked.headers
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + asked.body
        expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        given = [entry.partition(",") for entry in headers["webhook-signature"].split(" ")]
        return any(version == "v1" and hmac.compare_digest(value, expected) for version, _, value in given)


if __name__ == "__main__":
    by_hand(Receiver)
