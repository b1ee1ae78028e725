"""Is a destination ill, or only one message? Pure: what the last answers of each destination say about it."""


class Health:
    """A destination is ill after ``limit`` failures that may pass, with no message settled in between. While it is
    ill, no more of its lanes are begun than wait already (``ehr_bridge.relay``): what was promised stays in order and
    unspent, and a system that is coming up again is asked by a few and not by all."""

    def __init__(self, limit: int = 8) -> None:
        self._limit = limit
        self._in_a_row: dict[str, int] = {}

    def settled(self, destination: str) -> None:
        """It took a message, or refused one for good: it is well enough to judge."""
        self._in_a_row.pop(destination, None)

    def failed(self, destination: str) -> None:
        self._in_a_row[destination] = min(self._in_a_row.get(destination, 0) + 1, self._limit)

    def ill(self, destination: str) -> bool:
        return self._in_a_row.get(destination, 0) >= self._limit
