"""Who holds the floor in one answer, and when its grace tail is over.

Silence never ends an answer. It is measured for three things only: to close the *tail* after time is up as soon
as the sentence has ended, to say "nobody speaks", and to say "you may finish early". All three are counted on
the answer's own stopwatch, which stands still while the interview does; where speech *was* is kept in media time.
"""

import msgspec


class Span(msgspec.Struct, frozen=True):
    """Speech from start to end, media milliseconds."""

    start_ms: int
    end_ms: int


class Floor(msgspec.Struct):
    """``speaking_since_ms`` is media time (None: silence); ``quiet_since_ms`` is a reading of the stopwatch."""

    speaking_since_ms: int | None = None
    quiet_since_ms: int = 0
    spoken_ms: int = 0
    heard_until_ms: int = 0
    """The latest media time that anything was heard of; where a span ends whose end was never reported."""

    @property
    def speaking(self) -> bool:
        return self.speaking_since_ms is not None

    def heard(self, media_ms: int) -> None:
        self.heard_until_ms = max(self.heard_until_ms, media_ms)

    def speech_started(self, media_ms: int) -> Span | None:
        """Returns the span before it, if its end was lost with a connection."""
        lost = self._end(self.heard_until_ms)
        self.heard(media_ms)
        self.speaking_since_ms = media_ms
        return lost

    def speech_ended(self, media_ms: int, reading_ms: int) -> Span | None:
        """None: nobody was speaking (the start was lost, or told twice)."""
        span = self._end(media_ms)
        self.heard(media_ms)
        self.quiet_since_ms = reading_ms
        return span

    def finish(self, audio_ms: int) -> Span | None:
        """The answer is over and no end will be told any more."""
        return self._end(max(audio_ms, self.heard_until_ms))

    def fall_quiet(self, reading_ms: int) -> None:
        """Start counting silence from here: after a pause the candidate gets their breath back first."""
        self.quiet_since_ms = reading_ms

    def silence_ms(self, reading_ms: int) -> int:
        return 0 if self.speaking else max(0, reading_ms - self.quiet_since_ms)

    def _end(self, media_ms: int) -> Span | None:
        if self.speaking_since_ms is None:
            return None
        span = Span(self.speaking_since_ms, max(self.speaking_since_ms, media_ms))
        self.speaking_since_ms = None
        self.spoken_ms += span.end_ms - span.start_ms
        return span if span.end_ms > span.start_ms else None


def sentence_ends_at(floor: Floor, tail_began_ms: int, sentence_end_ms: int) -> int | None:
    """The stopwatch reading at which the sentence counts as ended, if nobody speaks until then.

    The silence is counted from the start of the tail at the earliest: whoever was only drawing breath when time
    was up may still say the last words. None while somebody is speaking; the longest tail is the timer's matter.
    """
    return None if floor.speaking else max(floor.quiet_since_ms, tail_began_ms) + sentence_end_ms
