"""One answer's recording: the packets as they came, in WebM, on the answer's media clock."""

from realtime.media import matroska
from realtime.media.ingest import EncodedFrame
from realtime.media.matroska import AUDIO_TRACK, HEAD_BYTES, VIDEO_TRACK, Block, Ending
from realtime.media.object_store import ObjectStore
from realtime.media.opus import packet_ms
from realtime.media.vp8 import dimensions

CLUSTER_MS = 1000
"""How much a crash may cost."""
UNKNOWN_PICTURE = (640, 480)


def recording_key(interview_id: str, question_id: str, attempt: int) -> str:
    return f"interviews/{interview_id}/{question_id}/{attempt}.webm"


class AnswerRecorder:
    """Nothing is decoded or encoded. Video starts at its first key frame, so ask for one when the answer opens.

    Writing begins with the first frame; an answer without media leaves no object.
    """

    def __init__(self, store: ObjectStore, key: str) -> None:
        self.key = key
        self._writer = store.create(key)
        self._blocks: list[Block] = []
        self._written = 0
        self._cues: list[tuple[int, int]] = []
        self._picture: tuple[int, int] | None = None
        self._last_ms = {AUDIO_TRACK: 0, VIDEO_TRACK: 0}
        self._end_ms = 0.0
        self._closed = False
        self.ignored = 0

    @property
    def duration_ms(self) -> float:
        return self._end_ms

    @property
    def lost_bytes(self) -> int:
        """What the store could not take in time."""
        return self._writer.lost_bytes

    def write(self, frame: EncodedFrame, at_ms: float) -> None:
        """``at_ms``: the frame's start on the answer's media clock. What belongs before it, or is neither Opus nor
        VP8, is ignored and counted. Never waits."""
        track = {"opus": AUDIO_TRACK, "vp8": VIDEO_TRACK}.get(frame.codec)
        waits_for_key = track == VIDEO_TRACK and self._picture is None and not frame.key
        if track is None or at_ms < 0 or waits_for_key or self._closed:
            self.ignored += 1
            return
        if track == VIDEO_TRACK:
            self._picture = self._picture or dimensions(frame.data)
        at = self._last_ms[track] = max(round(at_ms), self._last_ms[track])
        if self._blocks and not -CLUSTER_MS < at - self._blocks[0].at_ms < CLUSTER_MS:
            self.flush()
        self._blocks.append(Block(track, at, frame.key, frame.data))
        length_ms = packet_ms(frame.data) if track == AUDIO_TRACK else 0
        self._end_ms = max(self._end_ms, at_ms + length_ms)

    def flush(self) -> None:
        """Hands over what is collected; call it when media have stopped for a while."""
        if not self._blocks:
            return
        blocks, self._blocks = self._blocks, []
        if not self._written and not self._append(matroska.head(self._picture or UNKNOWN_PICTURE)):
            return
        offset = self._written
        if self._append(matroska.cluster(blocks)):
            self._cues.append((min(block.at_ms for block in blocks), offset))

    async def close(self) -> str | None:
        """The key, when everything is durable; None when there was nothing to record. Raises ``MediaError``
        store_unavailable."""
        self._closed = True
        self.flush()
        if not self._written:
            return None
        cues_at = self._written
        self._append(matroska.cues(self._cues, VIDEO_TRACK if self._picture else AUDIO_TRACK))
        ending = Ending(self._end_ms, cues_at, self._written)
        final = matroska.head(self._picture, ending)
        assert len(final) == HEAD_BYTES
        await self._writer.close(final)
        return self.key

    def _append(self, data: bytes) -> bool:
        taken = self._writer.append(data)
        if taken:
            self._written += len(data)
        return taken
