"""What the doors share: the objects that the composition root (``server.app``) built."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import HTTPConnection

if TYPE_CHECKING:
    from ehr_bridge.egress import Egress
    from ehr_bridge.field_keys import FieldKeys
    from ehr_bridge.relay import Relay
    from realtime.inference.bus import Inference
    from realtime.interview.admission import Pace
    from realtime.live.ear import Senses
    from realtime.live.relief import Relief
    from realtime.live.switchboard import Switchboard
    from realtime.media.sealed_store import SealedStore
    from realtime.media.webrtc import WebRtcDoor
    from server.automation import Automation
    from server.correspondence.office import Correspondence
    from server.destinations import Destinations
    from server.finish import Finisher
    from server.imports import Importer
    from server.insights import Insights
    from server.loading import InterviewLoader
    from server.metrics import Metrics
    from server.reconciling import Reconciler
    from server.resumes import ResumeIntake
    from server.sandbox import Sandbox
    from server.settings import Settings
    from server.store.journal import DatabaseJournal
    from server.tokens import Signer


@dataclass(slots=True)
class House:
    settings: "Settings"
    engine: AsyncEngine
    signer: "Signer"
    journal: "DatabaseJournal"
    switchboard: "Switchboard"
    loader: "InterviewLoader"
    webrtc: "WebRtcDoor"
    recordings: "SealedStore"
    inference: "Inference"
    relief: "Relief"
    senses: "Senses"
    finisher: "Finisher"
    resumes: "ResumeIntake"
    correspondence: "Correspondence"
    automation: "Automation"
    metrics: "Metrics"
    importer: "Importer"
    insights: "Insights"
    egress: "Egress"
    destinations: "Destinations"
    relay: "Relay"
    reconciler: "Reconciler"
    field_keys: "FieldKeys"
    sandbox: "Sandbox"
    setups: "Pace"
    """Of media connections."""


def house(connection: HTTPConnection) -> House:
    found = connection.app.state.house
    assert isinstance(found, House)
    return found
