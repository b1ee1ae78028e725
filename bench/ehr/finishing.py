"""From the end of an interview to the EHR's acknowledgement, in the server's own house: evidence, scoring, report
files, outbox, delivery, embedded EHR.

Interviews are laid into the store as a finished one lies there (six typed answers); the clock starts where the live
interview tells the finisher that it has ended, and stops at the time the acknowledgement is noted.
"""

import asyncio
import json
import random
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.ehr.stores import cut
from bench.scoring import INTERVIEW_ANSWERS, Written, held_back
from ehr_bridge.store import delivery, outbox
from realtime.protocol.text import Phase
from server.app import open_house
from server.clock import wall_ms
from server.house import House
from server.settings import Settings
from server.store import interviews, people
from server.store.tables import evidence
from server.store.tables import interviews as interview_rows

POSITION = "client_manager"
PATIENCE_S = 300.0


async def paced(folder: Path, url: str, per_minute: float, count: int, gap_s: float | None = None) -> dict[str, Any]:
    """``count`` interviews end at random moments, ``per_minute`` on the average; or one ``gap_s`` after the last was
    acknowledged."""
    settings = Settings(data_dir=str(folder), database_url=url, speech_model="none", face_model="none", port=0)
    answers = [each for each in held_back() if each.position == POSITION and each.language == "zh"]
    async with open_house(settings) as house:
        ids = [await _finished(house, answers, number) for number in range(count)]
        ended: dict[str, int] = {}
        for number, interview_id in enumerate(ids):
            if gap_s is not None:
                await asyncio.sleep(gap_s)
            elif number:
                await asyncio.sleep(random.expovariate(per_minute / 60))
            ended[interview_id] = wall_ms()
            await house.finisher.start(interview_id)
            if gap_s is not None:
                await _acknowledged(house.engine, number + 1)
        taken = await _acknowledged(house.engine, count)
    times = [float(taken[interview_id] - at_ms) for interview_id, at_ms in ended.items()]
    return {"per_minute": per_minute, "gap_s": gap_s, **cut(times)}


async def _finished(house: House, answers: list[Written], number: int) -> str:
    """One that has just ended, as the journal left it."""
    async with house.engine.begin() as store:
        versions = await interviews.versions_of(store, POSITION)
        position = await interviews.find_position(store, POSITION, max(versions))
        assert position is not None
        applicant = await people.add_applicant(store, name=f"候选人{number}", email=f"c{number}@example.com")
        invitation = await interviews.invite(
            store,
            applicant_id=applicant.id,
            position=position,
            language="zh",
            profile="cn-bank",
            expires_at=wall_ms() + 3_600_000,
            time_factor=None,
            created_by="bench",
        )
        chosen = random.Random(number).sample(answers, min(INTERVIEW_ANSWERS, len(answers)))
        rows = [
            {"interview_id": invitation.interview_id, "seq": seq, "body": body}
            for seq, body in enumerate(_lines(invitation.interview_id, position.version, chosen), 1)
        ]
        await store.execute(insert(evidence), rows)
        now_ms = wall_ms()
        over = {"phase": Phase.SCORING.value, "started_at": now_ms - 1_200_000, "ended_at": now_ms}
        mine = interview_rows.c.id == invitation.interview_id
        await store.execute(interview_rows.update().where(mine).values(**over))
    return invitation.interview_id


def _lines(interview_id: str, version: str, answers: list[Written]) -> list[bytes]:
    asked = {each.question: each.text for each in answers}
    bodies: list[dict[str, Any]] = [
        {
            "kind": "interview_started",
            "interview_id": interview_id,
            "position_id": POSITION,
            "position_version": version,
            "position": {"zh": "客户经理", "en": "Client manager"},
            "language": "zh",
            "profile": "cn-bank",
            "questions": list(asked),
            "speech_engine": "",
            "format_version": "1.0",
        }
    ]
    for question, text in asked.items():
        about = {"question_id": question}
        closed = {"reason": "finished", "mode": "text", "duration_ms": 60_000}
        bodies += [
            {"kind": "answer_opened", **about, "attempt": 1, "mode": "text"},
            {"kind": "text_answer", **about, "text": text, "revisions": 3, "typing_ms": 40_000},
            {"kind": "answer_closed", **about, **closed},
            {"kind": "answer_settled", **about, "transcript": "typed", "audio_ms": 0, "recording": None},
        ]
    bodies.append({"kind": "interview_ended", "reason": "completed"})
    return [
        json.dumps({"seq": number, "at_ms": 500 * number, "body": body}, ensure_ascii=False).encode()
        for number, body in enumerate(bodies, 1)
    ]


async def _acknowledged(engine: AsyncEngine, count: int) -> dict[str, int]:
    """Interview -> when its result was acknowledged, once there are ``count``."""
    statement = (
        select(outbox.c.subject, delivery.c.acknowledged_at_ms)
        .join(delivery, delivery.c.outbox_sequence == outbox.c.sequence)
        .where(delivery.c.state == "acknowledged")
    )
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        async with engine.connect() as connection:
            rows = (await connection.execute(statement)).all()
        if len(rows) >= count:
            return {row.subject: row.acknowledged_at_ms for row in rows}
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{len(rows)} of {count} were acknowledged")
