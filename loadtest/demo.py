"""``viva demo``: a whole interview, from invitation to employee record, seen from outside.

It starts a real server as a process of its own and then knows it only by its doors, as a client does: HR signs in
and invites, a virtual candidate takes the interview over WebRTC, HR watches, an EHR consumer reads the result.
Every step is a check; ``--once`` exits with 0 only if all of them held.
"""

import asyncio
import signal
import sys
import time
from pathlib import Path

import yaml

from loadtest.candidate import Script, Spoken, Typed, VirtualCandidate
from loadtest.conversation import InterviewRefused
from loadtest.screen import Checks, Screen
from loadtest.server_process import ServerFailed, ServerProcess
from loadtest.transports import MediaRefused
from loadtest.watcher import HrClient
from realtime.protocol import messages as say
from realtime.protocol.text import Language, Phase

REPORT_WITHIN_S = 60.0
PICTURES = 10
# Short enough that a two-minute demonstration shows the prompts of a three-minute answer.
DEMO_ANSWER_S = 40
TYPED_REPLY = (
    "我会先当面提醒同事停止操作，并向他说明这样做违反了合规流程。然后我会保留好相关记录，当天上报上级和合规部门，不会因为怕得罪人就"
    "睁一只眼闭一只眼。去年我在柜面实习时就遇到过一次代客签字的情况，我坚持原则，及时上报，三天内完成了整改，没有造成客户损失。"
)
SCRIPT = Script(
    practice=Spoken("zh-introduction"),
    replies=(Spoken("zh-returns"), Spoken("en-complaint"), Spoken("zh-challenge"), Typed(TYPED_REPLY)),
    language="zh",
)


def run(*, once: bool, port: int, data_dir: str, transport: str) -> int:
    """The exit status: 0 if every step held, 1 if one did not, 2 if the server did not start."""
    if transport not in ("webrtc", "websocket"):
        print("viva demo: --transport is webrtc or websocket", file=sys.stderr)
        return 2
    demo = Demo(Screen(), port=port, data_dir=Path(data_dir), transport=transport)
    return asyncio.run(demo.run(once=once))


class Demo:
    def __init__(self, screen: Screen, *, port: int, data_dir: Path, transport: str) -> None:
        self._screen = screen
        self._checks = Checks(screen)
        self._server = ServerProcess(data_dir, port)
        self._transport = transport
        self._hr_captions: set[str] = set()
        self._faces = 0
        self._captions: dict[str, say.Caption] = {}
        self._partials = 0
        self._settled: list[say.AnswerSettled] = []
        self._ended_at = 0.0
        self._reported_at = 0.0
        self._first_question = asyncio.Event()
        self._rehearsing = False
        self._api_key = ""

    async def run(self, *, once: bool) -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            return await self._run(once, stop)
        except ServerFailed as error:
            self._screen.bad(str(error))
            return 2
        finally:
            await self._server.stop()

    async def _run(self, once: bool, stop: asyncio.Event) -> int:
        self._screen.title("Viva: one interview, from invitation to employee record")
        notice = await self._server.start(self._screen)
        if notice:
            self._screen.notice(notice)
        interview = asyncio.create_task(self._interview(), name="the interview")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait({interview, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not interview.done():
            interview.cancel()
            await asyncio.gather(interview, return_exceptions=True)
            return 1
        try:
            interview.result()
        except (InterviewRefused, MediaRefused, TimeoutError, OSError) as error:
            self._checks.add("the interview ran to its end", held=False, detail=str(error) or type(error).__name__)
        stopping_early = stop.is_set()
        verdict = self._checks.verdict()
        if once or stopping_early:
            return verdict
        await self._stay(stop)
        return verdict

    async def _stay(self, stop: asyncio.Event) -> None:
        hr = HrClient(self._server.url)
        await hr.sign_in("admin", self._server.admin_password)
        invited = await self._invite(hr, "您 / you", "client_manager", "zh")
        await hr.close()
        self._screen.title("Now you")
        self._screen.line("you", f"take an interview: {invited['candidate_link']}")
        self._screen.line("you", f"watch as HR:       {invited['hr_link']}")
        self._screen.line("you", f"sign in as admin, password {self._server.admin_password}")
        self._screen.line("you", "Ctrl-C stops the server; interviews that are running are told to come back")
        await stop.wait()

    # ------------------------------------------------------------------ the steps
    async def _interview(self) -> None:
        hr = HrClient(self._server.url)
        try:
            await hr.sign_in("admin", self._server.admin_password)
            position_id = await self._create_position(hr)
            invited = await self._invite(hr, "李明", position_id, "zh")
            self._api_key = await self._server.api_key()
            self._screen.line("HR", f"candidate link  {invited['candidate_link']}")
            self._screen.line("HR", f"HR link         {invited['hr_link']}")
            await self._hold(hr, str(invited["interview_id"]), str(invited["candidate_link"]))
        finally:
            await hr.close()

    async def _create_position(self, hr: HrClient) -> str:
        await hr.post("/api/v1/positions", {"id": "client_manager"})
        source = (await hr.get("/api/v1/positions/client_manager")).json()["yaml"]
        model = yaml.safe_load(source)
        model["id"] = "client_manager_demo"
        model["version"] = f"1.0.{int(time.time())}"  # a stored version never changes, and Viva may have since
        for question in model["questions"]:
            question["answer_s"] = DEMO_ANSWER_S
        created = await hr.post_yaml("/api/v1/positions", yaml.safe_dump(model, allow_unicode=True, sort_keys=False))
        title = created["title"]
        assert isinstance(title, dict)
        asked = sum(not question.get("reserve", False) for question in model["questions"])
        self._screen.line("HR", f"position        {title['zh']} / {title['en']}, {asked} questions")
        return str(created["id"])

    async def _invite(self, hr: HrClient, name: str, position_id: str, language: Language) -> dict[str, object]:
        applicant = await hr.post("/api/v1/applicants", {"name": name, "email": "candidate@example.com"})
        wanted = {"applicant_id": applicant["id"], "position_id": position_id, "language": language}
        return await hr.post("/api/v1/invitations", wanted)

    async def _hold(self, hr: HrClient, interview_id: str, link: str) -> None:
        self._screen.title("The interview")
        candidate = VirtualCandidate(link, SCRIPT, transport=self._transport, heard=self._heard)
        watching = asyncio.create_task(hr.watch(interview_id, self._seen), name="HR watches")
        looking = asyncio.create_task(self._look(hr, interview_id), name="HR looks")
        try:
            outcome = await candidate.run()
            self._ended_at = time.monotonic()
            road = f"connected in {outcome.media_s:.2f} s"
            self._checks.add(f"media over {self._transport}", held=outcome.media_s > 0, detail=road)
            pictures = await looking
            async with asyncio.timeout(REPORT_WITHIN_S):
                await watching
        finally:
            watching.cancel()
            looking.cancel()
            await asyncio.gather(watching, looking, return_exceptions=True)
        # Asked at once, so that the time it took is the server's and not this program's.
        acknowledged_at = await self._acknowledged(interview_id)
        await self._judge(hr, interview_id, candidate, pictures, acknowledged_at)

    async def _look(self, hr: HrClient, interview_id: str) -> int:
        """HR opens the live picture once the candidate's media are there. Over WebSocket there are stills instead."""
        await self._first_question.wait()
        if self._transport == "webrtc":
            return await hr.look(interview_id, PICTURES)
        seen = 0
        for _ in range(60):
            answer = await hr.get(f"/api/v1/interviews/{interview_id}/still", accept="image/jpeg")
            seen += answer.status_code == 200 and answer.content[:2] == b"\xff\xd8"
            if seen >= PICTURES:
                break
            await asyncio.sleep(0.5)
        return seen

    # ------------------------------------------------------------------ what is said and seen
    def _heard(self, envelope: say.Envelope) -> None:
        match envelope.message:
            case say.Welcome(state=state):
                self._show_phase(state)
            case say.PhaseChanged() as state:
                self._show_phase(state)
            case say.Caption() as caption:
                self._partials += not caption.final
                if caption.final and caption.committed and not self._rehearsing:
                    self._captions[caption.utterance_id] = caption
                self._screen.caption(caption)
            case say.PromptShown(kind=kind):
                self._screen.line("prompt", kind.value.replace("_", " "))
            case say.AnswerSettled() as settled:
                self._settled.append(settled)
                self._screen.line(
                    "server", f"answer {settled.question_id}: {settled.words} words, {settled.transcript}"
                )
            case say.Refused(code=code, message=message):
                self._screen.bad(f"{code}: {message.en}")
            case _:
                pass

    def _show_phase(self, state: say.PhaseChanged) -> None:
        self._rehearsing = state.question is not None and state.question.practice
        if state.phase is Phase.READING and not self._rehearsing:
            self._first_question.set()
        question = f"  {state.question.text.zh}" if state.question and state.phase is Phase.READING else ""
        where = (
            f" {state.question.index}/{state.question.total}" if state.question and not state.question.practice else ""
        )
        self._screen.line("state", f"{state.phase.value}{where}{question}")

    def _seen(self, message: say.ServerMessage) -> None:
        if not isinstance(message, say.Watched):
            return
        match message.message:
            case say.Caption(utterance_id=utterance_id, final=True, committed=committed) if committed:
                self._hr_captions.add(utterance_id)
            case say.PromptShown(kind=kind):
                self._screen.line("HR sees", f"prompt: {kind.value.replace('_', ' ')}")
            case say.FaceState() as face:
                self._faces += 1
                if self._faces % 10 == 1:
                    self._screen.line("HR sees", f"face: smile {face.smile:.2f}, yaw {face.yaw_deg:+.0f}°")
            case say.ReportReady(report_id=report_id):
                self._reported_at = time.monotonic()
                self._screen.line("HR sees", f"report {report_id} is ready")
            case _:
                pass

    # ------------------------------------------------------------------ the verdict
    async def _judge(
        self, hr: HrClient, interview_id: str, candidate: VirtualCandidate, pictures: int, acknowledged_at: float
    ) -> None:
        self._screen.title("The report")
        check, outcome = self._checks.add, candidate.outcome
        finished = outcome.finished
        check("the candidate got a receipt", held=finished is not None and finished.answered == 4)
        transcripts = [settled.transcript for settled in self._settled]
        check(
            "three spoken answers and a typed one",
            held=transcripts == ["complete"] * 3 + ["typed"],
            detail=" ".join(transcripts),
        )
        languages = sorted({caption.language for caption in self._captions.values()})
        check(
            "Mandarin and English words",
            held={"zh", "en"} <= set(languages),
            detail=f"{len(self._captions)} utterances",
        )
        check("captions came live", held=self._partials > 10, detail=f"{self._partials} partials")
        check("timing prompts came", held=len(outcome.prompts) > 0, detail=", ".join(outcome.prompts))
        spoken = set(self._captions)
        check(
            "HR saw the same words",
            held=bool(spoken) and spoken <= self._hr_captions,
            detail=f"{len(self._hr_captions)} captions",
        )
        check("HR saw the candidate", held=pictures >= PICTURES, detail=f"{pictures} pictures")
        if self._server.faces:
            check("face movements were measured", held=self._faces > 0, detail=f"{self._faces} readings")
        report_s = self._reported_at - self._ended_at
        check("the report is there", held=0 < report_s < REPORT_WITHIN_S, detail=f"{report_s:.2f} s after the end")
        ehr_s = acknowledged_at - self._ended_at
        check("the EHR has acknowledged it", held=0 < ehr_s < REPORT_WITHIN_S, detail=f"{ehr_s:.2f} s after the end")
        await self._show_report(hr, interview_id)

    async def _acknowledged(self, interview_id: str) -> float:
        """Asks as an EHR consumer with its own key, until the result is there. 0.0: it did not come in time."""
        consumer = HrClient(self._server.url)
        consumer.use_token(self._api_key)
        try:
            async with asyncio.timeout(REPORT_WITHIN_S):
                while True:
                    page = (await consumer.get("/api/v1/ehr/interview-results?limit=200")).json()
                    if any(item["interview_id"] == interview_id for item in page["items"]):
                        return time.monotonic()
                    await asyncio.sleep(0.1)
        except TimeoutError:
            return 0.0
        finally:
            await consumer.close()

    async def _show_report(self, hr: HrClient, interview_id: str) -> None:
        listing = (await hr.get(f"/api/v1/interviews/{interview_id}")).json()
        report_id = listing["report"]["id"]
        if report_id is None:
            return
        report = (await hr.get(f"/api/v1/reports/{report_id}")).json()
        page = await hr.get(f"/api/v1/reports/{report_id}", accept="text/html")
        document = await hr.get(f"/api/v1/reports/{report_id}", accept="application/pdf")
        self._checks.add("HTML and PDF open", held=b"<html" in page.content and document.content.startswith(b"%PDF"))
        recordings = (await hr.get(f"/api/v1/interviews/{interview_id}/recordings")).json()
        self._checks.add("the answers can be played", held=len(recordings) == 3, detail=f"{len(recordings)} recordings")
        self._screen.report(report)
        data = self._server.data_dir
        files = data / "recordings" / "interviews" / interview_id
        filed = await _there(files / "reports" / report_id / "report.pdf")
        self._checks.add("the report's files are kept", held=filed, detail="encrypted, beside the recordings")
        self._screen.line("files", f"{files} (encrypted)")
        self._screen.line("files", f"viva admin media export {interview_id} FOLDER --data-dir {data}  opens them")


async def _there(path: Path) -> bool:
    """In time: the files of a report are written after it, by a workflow."""
    try:
        async with asyncio.timeout(REPORT_WITHIN_S):
            while not path.exists():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True
