"""Which prompts are due and which must go: a pure object per answer, asked after every event.

Three families, each with one rule about coming again:

* **time** (half, 30 s, 10 s left, time is up): one stands at a time, each comes once. When HR gives more time so
  that a moment lies in the future again, its prompt is cleared and re-armed.
* **condition** (nobody speaks, too quiet, noisy, clipped, too fast, face out of frame, several faces, a poor
  connection, a frozen picture, too dark, telephone sound, a language that is not written down): cleared when the
  condition has passed, then re-armed once. At most twice per answer: a third time helps nobody and hurts nerves.
* **may finish early**: once, after a fluent answer, in a pause; cleared when the candidate goes on.

Conditions are judged with hysteresis: one threshold to raise, a kinder one to clear, and a least duration in media
time for each, so that a cough, a glance aside or one fast word never makes a prompt.
"""

from dataclasses import dataclass

import msgspec

from realtime.interview.plan import TimingRules
from realtime.protocol.text import AnswerMode, Language, PromptKind

TIME_PROMPTS = (PromptKind.HALF_TIME, PromptKind.SECONDS_30_LEFT, PromptKind.SECONDS_10_LEFT)
VOICE_PROMPTS = frozenset(PromptKind) - {*TIME_PROMPTS, PromptKind.TIME_IS_UP}
MOST_TIMES = 2
"""A condition may be told this often in one answer."""

LEAST_APART_MS = 5_000
"""Half time is left out where it would come less than this before the next time prompt, or after it."""
LEAST_FOR_30_MS = 45_000
LEAST_FOR_10_MS = 20_000
"""A shorter answer does without: "30 s left" after a third of the way tells nothing and only startles."""

FLUENT_SPEECH_MS = 20_000
FLUENT_PAUSE_MS = 3_000
FLUENT_LEFT_MS = 30_000
"""May finish early: so much speech, then so long a pause (longer than a pause for thought within a sentence, about
1–2 s), and so much time left that the offer means something."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Raised after ``raise_ms`` of media beyond ``bad``, cleared after ``clear_ms`` beyond ``good``."""

    bad: float
    good: float
    raise_ms: int
    clear_ms: int


QUIET = Threshold(bad=-45.0, good=-40.0, raise_ms=3_000, clear_ms=2_000)
"""Loudness of speech, dBFS. A headset gives -30 to -18; below -45 a 16-bit recording keeps under 40 dB above its own
rounding and room noise reaches the voice, so words begin to be lost."""
NOISE = Threshold(bad=-38.0, good=-44.0, raise_ms=4_000, clear_ms=3_000)
"""Loudness between the words, dBFS: with speech at -25 this leaves a signal-to-noise ratio of 13 dB; recognisers
degrade visibly below about 10 to 15 dB."""
CLIPPING = Threshold(bad=0.002, good=0.0002, raise_ms=2_000, clear_ms=4_000)
"""Share of samples at full scale. A voice that just touches it leaves a few a second (0.0002 is three); from 0.002,
thirty a second, every loud vowel has flat tops, which are heard as a rasp and cannot be undone."""
NARROW = Threshold(bad=-45.0, good=-40.0, raise_ms=6_000, clear_ms=2_000)
"""Power of the speech above 4.2 kHz against 300 to 3400 Hz, dB, of seconds in which somebody speaks. Wide-band voices
had -30 or more, telephone sound -56 or less, both through Opus; no sentence of six seconds is without a fricative."""
LOSS = Threshold(bad=0.1, good=0.03, raise_ms=3_000, clear_ms=4_000)
"""Share of a second's sound that did not come. Opus conceals single packets of 60 ms (0.06) so that hardly anybody
notices; two in a second take a syllable. The recording is sent again and has it all: this is about the live captions
and about what the candidate can do, which is to move nearer to the router."""
FROZEN = Threshold(bad=0.9, good=0.1, raise_ms=4_000, clear_ms=1_000)
DARK = Threshold(bad=0.12, good=0.18, raise_ms=4_000, clear_ms=2_000)
"""Mean luma of the middle of the picture, 0-1. A lit face has 0.35 to 0.6; at 0.12 the camera's gain is at its end and
a person on the other side sees a silhouette."""
PACE: dict[Language, Threshold] = {
    "zh": Threshold(bad=330.0, good=290.0, raise_ms=5_000, clear_ms=3_000),
    "en": Threshold(bad=200.0, good=175.0, raise_ms=5_000, clear_ms=3_000),
}
"""Characters (zh) or words (en) a minute. News is read at about 250–300 and 150–170; listeners still follow at 300
and 190. Only clearly beyond that is a hint helpful."""
FACE_AWAY = Threshold(bad=0.3, good=0.7, raise_ms=4_000, clear_ms=1_000)
"""Share of pictures with a face. Four seconds: looking aside to think is what people do."""
SEVERAL = Threshold(bad=0.5, good=0.2, raise_ms=3_000, clear_ms=2_000)


class Hold(msgspec.Struct):
    """A condition with hysteresis. ``held_ms``: how long the opposite has been seen without a break."""

    on: bool = False
    held_ms: int = 0

    def observe(self, value: float, threshold: Threshold, span_ms: int) -> bool:
        """Take ``span_ms`` of media with this value; returns whether the condition is on."""
        rising = threshold.bad > threshold.good
        bad = value >= threshold.bad if rising else value <= threshold.bad
        good = value <= threshold.good if rising else value >= threshold.good
        self.held_ms = self.held_ms + span_ms if (good if self.on else bad) else 0
        if self.held_ms >= (threshold.clear_ms if self.on else threshold.raise_ms):
            self.on, self.held_ms = not self.on, 0
        return self.on


@dataclass(frozen=True, slots=True)
class Moment:
    """All that prompts depend on. ``reading_ms``: the answer's stopwatch. ``listening``: a voice answer whose media
    arrive; where nothing arrives, silence says nothing about the candidate."""

    reading_ms: int
    left_ms: int | None
    total_ms: int | None
    planned_ms: int
    mode: AnswerMode
    listening: bool
    speaking: bool
    silence_ms: int
    spoken_ms: int
    time_is_up: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    kind: PromptKind
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Clear:
    kind: PromptKind
    id: str


class Prompter(msgspec.Struct):
    """``standing``: kind to id. ``given``: how often each kind came and may not come again without re-arming."""

    standing: dict[PromptKind, str] = {}
    given: dict[PromptKind, int] = {}
    quiet: Hold = msgspec.field(default_factory=Hold)
    noisy: Hold = msgspec.field(default_factory=Hold)
    fast: Hold = msgspec.field(default_factory=Hold)
    face_away: Hold = msgspec.field(default_factory=Hold)
    several_faces: Hold = msgspec.field(default_factory=Hold)
    clipped: Hold = msgspec.field(default_factory=Hold)
    losing: Hold = msgspec.field(default_factory=Hold)
    frozen: Hold = msgspec.field(default_factory=Hold)
    dark: Hold = msgspec.field(default_factory=Hold)
    foreign: Hold = msgspec.field(default_factory=Hold)
    narrow: Hold = msgspec.field(default_factory=Hold)

    def level(self, speech_dbfs: float | None, noise_dbfs: float, pace: float | None, language: Language) -> None:
        """One second of media. Without speech nothing is learnt about its loudness or pace."""
        if speech_dbfs is not None:
            self.quiet.observe(speech_dbfs, QUIET, 1_000)
        if pace is not None:
            self.fast.observe(pace, PACE[language], 1_000)
        self.noisy.observe(noise_dbfs, NOISE, 1_000)

    def clipping(self, share: float) -> None:
        """Of one second of media."""
        self.clipped.observe(share, CLIPPING, 1_000)

    def band(self, high_band_db: float | None) -> None:
        """Of one second of media. Without speech nothing is learnt about its band."""
        if high_band_db is not None:
            self.narrow.observe(high_band_db, NARROW, 1_000)

    def language(self, *, written: bool) -> None:
        """Of one utterance: whether it was in a language that is written down."""
        self.foreign.on = not written

    def loss(self, share: float) -> None:
        """Of one second of answer time."""
        self.losing.observe(share, LOSS, 1_000)

    def picture(self, frozen: bool, light: float | None) -> None:
        """About one second of pictures. A frozen picture says nothing about the light."""
        self.frozen.observe(float(frozen), FROZEN, 1_000)
        if light is not None and not frozen:
            self.dark.observe(light, DARK, 1_000)

    def face(self, face_share: float, several_share: float, span_ms: int) -> None:
        self.face_away.observe(face_share, FACE_AWAY, span_ms)
        self.several_faces.observe(several_share, SEVERAL, span_ms)

    def due(self, moment: Moment, rules: TimingRules) -> list[Show | Clear]:
        """What to change now. Every ``Show`` must be confirmed with ``shown``; ``Clear`` is done already."""
        wanted = {PromptKind.TIME_IS_UP} if moment.time_is_up else self._wanted(moment, rules)
        changes: list[Show | Clear] = [self._clear(kind) for kind in list(self.standing) if kind not in wanted]
        self._rearm(moment)
        for kind in PromptKind:
            if kind in wanted and kind not in self.standing and self.given.get(kind, 0) < _most(kind):
                changes.append(Show(kind, _value(kind, moment)))
        return changes

    def shown(self, kind: PromptKind, prompt_id: str) -> None:
        self.standing[kind] = prompt_id
        self.given[kind] = self.given.get(kind, 0) + 1

    def clear_all(self) -> list[Clear]:
        return [self._clear(kind) for kind in list(self.standing)]

    def next_check_ms(self, moment: Moment, rules: TimingRules) -> int | None:
        """The stopwatch reading at which time alone may change ``due``: always later than now, or None."""
        if moment.time_is_up:
            return None
        waits = []
        if moment.left_ms is not None and moment.total_ms is not None:
            waits += [moment.left_ms - left_ms for _, left_ms in schedule(moment.total_ms)]
        if moment.listening and not moment.speaking:
            waits.append(rules.nobody_speaks_ms - moment.silence_ms)
            early_ms = round(moment.planned_ms * rules.may_finish_early_share)
            waits.append(max(FLUENT_PAUSE_MS - moment.silence_ms, early_ms - moment.reading_ms))
            if moment.left_ms is not None:
                waits.append(moment.left_ms - FLUENT_LEFT_MS)
        later = [wait_ms for wait_ms in waits if wait_ms > 0]
        return moment.reading_ms + min(later) if later else None

    def _wanted(self, moment: Moment, rules: TimingRules) -> set[PromptKind]:
        wanted: set[PromptKind] = set()
        if moment.left_ms is not None and moment.total_ms is not None:
            passed = [kind for kind, left_ms in schedule(moment.total_ms) if moment.left_ms <= left_ms]
            wanted.update(passed[-1:])
        if moment.mode == "text":
            return wanted
        wanted.update(self.conditions())
        if self._may_finish(moment, rules):
            wanted.add(PromptKind.MAY_FINISH_EARLY)
        elif moment.listening and not moment.speaking and moment.silence_ms >= rules.nobody_speaks_ms:
            wanted.add(PromptKind.NOBODY_SPEAKS)
        return wanted

    def conditions(self) -> set[PromptKind]:
        """What holds now, told or not."""
        holds = {
            PromptKind.TOO_QUIET: self.quiet,
            PromptKind.NOISY: self.noisy,
            PromptKind.CLIPPED: self.clipped,
            PromptKind.NARROW_BAND: self.narrow,
            PromptKind.TOO_FAST: self.fast,
            PromptKind.FACE_OUT_OF_FRAME: self.face_away,
            PromptKind.SEVERAL_FACES: self.several_faces,
            PromptKind.CONNECTION_POOR: self.losing,
            PromptKind.PICTURE_FROZEN: self.frozen,
            PromptKind.TOO_DARK: self.dark,
            PromptKind.OTHER_LANGUAGE: self.foreign,
        }
        return {kind for kind, hold in holds.items() if hold.on}

    def _may_finish(self, moment: Moment, rules: TimingRules) -> bool:
        """While the offer stands, silence is an answer to it, and "nobody speaks" would contradict it."""
        return (
            moment.listening
            and not moment.speaking
            and moment.spoken_ms >= FLUENT_SPEECH_MS
            and moment.silence_ms >= FLUENT_PAUSE_MS
            and moment.reading_ms >= moment.planned_ms * rules.may_finish_early_share
            and (moment.left_ms is None or moment.left_ms > FLUENT_LEFT_MS)
            and (PromptKind.MAY_FINISH_EARLY in self.standing or PromptKind.MAY_FINISH_EARLY not in self.given)
        )

    def _rearm(self, moment: Moment) -> None:
        if moment.time_is_up:
            return
        passed = (
            set()
            if moment.left_ms is None or moment.total_ms is None
            else {kind for kind, left_ms in schedule(moment.total_ms) if moment.left_ms <= left_ms}
        )
        for kind in (*TIME_PROMPTS, PromptKind.TIME_IS_UP):
            if kind not in passed and kind not in self.standing:
                self.given.pop(kind, None)

    def _clear(self, kind: PromptKind) -> Clear:
        return Clear(kind, self.standing.pop(kind))


def schedule(total_ms: int) -> list[tuple[PromptKind, int]]:
    """The time prompts of an answer of this length with the time left at which each is due, in order.

    >>> [kind.value for kind, _ in schedule(60_000)]
    ['seconds_30_left', 'seconds_10_left']
    """
    moments: list[tuple[PromptKind, int]] = []
    if total_ms >= LEAST_FOR_30_MS:
        moments.append((PromptKind.SECONDS_30_LEFT, 30_000))
    if total_ms >= LEAST_FOR_10_MS:
        moments.append((PromptKind.SECONDS_10_LEFT, 10_000))
    if moments and total_ms // 2 >= moments[0][1] + LEAST_APART_MS:
        moments.insert(0, (PromptKind.HALF_TIME, total_ms // 2))
    return moments


def _most(kind: PromptKind) -> int:
    return MOST_TIMES if kind in VOICE_PROMPTS and kind is not PromptKind.MAY_FINISH_EARLY else 1


def _value(kind: PromptKind, moment: Moment) -> float | None:
    """The number for the wording: whole seconds left."""
    if kind in TIME_PROMPTS and moment.left_ms is not None:
        return float(round(moment.left_ms / 1_000))
    return None
