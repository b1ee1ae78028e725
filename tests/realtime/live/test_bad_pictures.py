"""Pictures nobody wants, through an open answer with the real face engine: each is told as what it is, or passed over,
and the next good picture is read as if nothing had been. In virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from loadtest.moving_face import FaceParameters, render
from realtime.inference.engine import FaceRequest, FaceResult
from realtime.inference.face_litert import LiteRtFaceEngine
from realtime.interview.effects import OpenAnswer
from realtime.interview.events import FaceMeasured, InterviewEvent, PictureMeasured
from realtime.live.ear import AnswerEar, Senses
from realtime.media.ingest import EncodedFrame
from realtime.perception.face import NEUTRAL_PICTURES, OwnFace

MODELS = Path(__file__).parents[3] / "var" / "models" / "face"
Virtually = Callable[[Coroutine[Any, Any, None]], None]
Picture = npt.NDArray[Any]
EVERY_MS = 400
PORTRAIT = render(FaceParameters())
SILENCE = np.zeros(EVERY_MS * 16, np.float32)


def moving(count: int) -> list[Picture]:
    """The drawn face before a camera, which has its noise."""
    noise = np.random.default_rng(5)
    return [np.clip(PORTRAIT + noise.normal(0, 2, PORTRAIT.shape), 0, 255).astype(np.uint8) for _ in range(count)]


def five_faces() -> Picture:
    face, wall = PORTRAIT[20:230, 75:245], np.full((210, 170, 3), PORTRAIT[0, 0], np.uint8)
    return np.concatenate([np.concatenate([face] * 3, axis=1), np.concatenate([face, face, wall], axis=1)])


@pytest.fixture(scope="module")
def face_engine() -> LiteRtFaceEngine:
    if not (MODELS / "model.json").is_file():
        pytest.skip(f"no face models at {MODELS}: `viva models pull face` to run this")
    return LiteRtFaceEngine(MODELS)


class Room:
    """One answer. Every picture arrives, encoded, whether or not it can be decoded."""

    def __init__(self, ear: AnswerEar, events: list[InterviewEvent]) -> None:
        self.ear, self.events, self._at_ms = ear, events, 0

    async def shows(self, pictures: list[Any]) -> None:
        for picture in pictures:
            self.ear.came(EncodedFrame("jpeg", self._at_ms, b"\xff\xd8"), self._at_ms, seeing=True)
            if picture is not None:
                self.ear.see(picture, self._at_ms)
            self.ear.hear(SILENCE, self._at_ms)
            self._at_ms += EVERY_MS
            await asyncio.sleep(EVERY_MS / 1000)

    def last(self, kind: type[Any]) -> Any:
        return [event for event in self.events if isinstance(event, kind)][-1]


@pytest.fixture
def enter(plan: Any, engines: Any, face_engine: LiteRtFaceEngine) -> Callable[..., Room]:
    class Seeing(engines):  # type: ignore[misc]
        async def analyse(self, request: FaceRequest) -> FaceResult:
            return face_engine.analyse([request])[0]

    def enter(own_face: OwnFace | None = None) -> Room:
        events: list[InterviewEvent] = []

        def tell(event: InterviewEvent) -> bool:
            events.append(event)
            return True

        senses = Senses(detector=lambda: lambda chunks: np.zeros(len(chunks), np.float32))
        answer = OpenAnswer("q1", 1, "voice", practice=False)
        return Room(AnswerEar(answer, plan(), Seeing(), senses, tell=tell, language="zh", own_face=own_face), events)

    return enter


def black() -> list[Any]:
    return [np.zeros((240, 320, 3), np.uint8)] * 8


def empty_room() -> list[Any]:
    noise = np.random.default_rng(7)
    return [np.clip(noise.normal(120, 4, (240, 320, 3)), 0, 255).astype(np.uint8) for _ in range(8)]


@pytest.mark.parametrize(
    ("pictures", "frozen", "dark", "faces"),
    [
        pytest.param(black(), True, True, 0, id="black"),
        pytest.param([PORTRAIT] * 8, True, False, 1, id="frozen"),
        pytest.param(empty_room(), False, False, 0, id="nobody"),
        pytest.param([five_faces()] * 8, True, False, 5, id="five faces"),
        pytest.param([np.full((1, 1, 3), 128, np.uint8)] * 8, True, False, 0, id="1 x 1"),
        pytest.param([np.full((4320, 7680, 3), 128, np.uint8)] * 8, True, False, 0, id="8K"),
    ],
)
def test_it_is_told_as_what_it_is_and_the_next_face_is_read(
    enter: Callable[..., Room], virtually: Virtually, pictures: list[Any], frozen: bool, dark: bool, faces: int
) -> None:
    async def work() -> None:
        room = enter()
        await room.shows(moving(4))
        await room.shows(pictures)
        seen, face = room.last(PictureMeasured), room.last(FaceMeasured)
        assert seen.frozen is frozen
        assert (seen.light < 0.05) is dark
        assert face.state.faces == faces
        assert (face.several_share > 0.5) is (faces > 1)
        assert (face.face_share == 1.0) is (faces > 0)
        await readable_again(room)

    virtually(work())


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(None, id="does not decode"),
        pytest.param(np.full((240, 320, 3), np.nan), id="NaN"),
        pytest.param(PORTRAIT.astype(np.float32), id="floats"),
        pytest.param(PORTRAIT[..., 0], id="grey"),
        pytest.param(np.zeros((240, 320, 4), np.uint8), id="four colours"),
        pytest.param(np.zeros((0, 320, 3), np.uint8), id="no rows"),
        pytest.param(b"\xff\xd8 not decoded", id="bytes"),
    ],
)
def test_what_is_no_picture_is_passed_over_and_told_as_a_picture_that_stands(
    enter: Callable[..., Room], virtually: Virtually, broken: Any
) -> None:
    async def work() -> None:
        room = enter()
        await room.shows(moving(4))
        assert not room.last(PictureMeasured).frozen
        windows = len(room.events)
        await room.shows([broken] * 9)
        assert room.last(PictureMeasured).frozen
        assert not any(isinstance(event, FaceMeasured) for event in room.events[windows:])
        await readable_again(room)

    virtually(work())


async def readable_again(room: Room) -> None:
    """The face is looked for afresh within three seconds, and read."""
    await room.shows(moving(14))
    assert not room.last(PictureMeasured).frozen
    face = room.last(FaceMeasured)
    assert (face.state.faces, face.face_share, face.several_share) == (1, 1.0, 0.0)
    heard = await room.ear.settle()
    assert heard.audio_ms == room._at_ms


def test_what_one_answer_has_learnt_of_a_face_serves_the_next(enter: Callable[..., Room], virtually: Virtually) -> None:
    """Somebody who smiles all through the second answer is seen smiling from its first second."""

    async def work() -> None:
        own = OwnFace()
        first = enter(own)
        await first.shows(moving(NEUTRAL_PICTURES + 1))
        assert own.known
        learnt = own.neutral
        second = enter(own)
        await second.shows([render(FaceParameters(smile=1.0))] * 4)
        assert own.neutral == learnt
        told = [event for event in second.events if isinstance(event, FaceMeasured)]
        assert told[0].state.smile > 0.5
        await first.ear.settle()
        await second.ear.settle()

    virtually(work())
