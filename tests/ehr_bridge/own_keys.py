"""Field keys for tests, without a cipher."""


class OwnKeys:
    """A cipher one can look through: what was sealed for one context opens in no other."""

    def __init__(self) -> None:
        self.destroyed: set[str] = set()

    async def seal(self, _connection, person_id: str, context: str, plain: bytes) -> bytes:
        return bytes(byte ^ 0x5A for byte in f"{person_id} {context} ".encode() + plain)

    async def open(self, _connection, person_id: str, context: str, sealed: bytes) -> bytes | None:
        if person_id in self.destroyed:
            return None
        head = f"{person_id} {context} ".encode()
        plain = bytes(byte ^ 0x5A for byte in sealed)
        assert plain.startswith(head)
        return plain.removeprefix(head)
