"""What a receiver report says about one stream (RFC 3550, 6.4.1, A.3 and A.8). Pure."""

from realtime.media.rtcp import ReceptionBlock, SenderReport


class Reception:
    __slots__ = ("_clock_rate", "_first", "_highest", "_jitter", "_prior", "_received", "_report", "_transit", "ssrc")

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self.ssrc = ssrc
        self._clock_rate = clock_rate
        self._first: int | None = None
        self._highest = 0
        self._received = 0
        self._transit: float | None = None
        self._jitter = 0.0
        self._prior = (0, 0)
        self._report: tuple[int, float] | None = None

    def received(self, sequence: int, timestamp: int, now_s: float) -> None:
        if self._first is None:
            self._first = self._highest = sequence
        ahead = (sequence - self._highest) & 0xFFFF
        if ahead < 0x8000:
            self._highest += ahead
        self._received += 1
        transit = now_s * self._clock_rate - timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < self._clock_rate:  # a wrapped timestamp or a pause is no jitter
                self._jitter += (change - self._jitter) / 16
        self._transit = transit

    def reported(self, report: SenderReport, now_s: float) -> None:
        self._report = ((report.ntp >> 16) & 0xFFFFFFFF, now_s)

    def block(self, now_s: float) -> ReceptionBlock | None:
        """None before the first packet. Each call ends an interval of the fraction lost."""
        if self._first is None:
            return None
        expected = self._highest - self._first + 1
        interval, received = expected - self._prior[0], self._received - self._prior[1]
        self._prior = (expected, self._received)
        lost = interval - received
        fraction = min(255, (lost << 8) // interval) if interval > 0 and lost > 0 else 0
        last, at_s = self._report or (0, now_s)
        delay = int((now_s - at_s) * 65536) if self._report else 0
        total = expected - self._received
        return ReceptionBlock(self.ssrc, fraction, total, self._highest, int(self._jitter), last, delay)
