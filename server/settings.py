"""Settings: the only place that reads the environment. Every variable starts with ``VIVA_``.

The embedded default needs none of them: SQLite and a recordings folder below ``var/``, loopback, CPU engines.
docs/reference/settings.md lists them; a test keeps the page and this file in step.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ehr_bridge.addresses import AddressRules
from realtime.media.s3_address import bucket_and_prefix
from realtime.perception.commit import DEFAULT_POLICY, POLICIES
from realtime.protocol.text import Bilingual
from server.profiles import PROFILES, named


class SettingInvalid(Exception):
    """A variable that cannot be used: its name, what was wrong, what to do."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


def _setting(default: Any, help_text: str) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: str = _setting("var", "Folder for the database, recordings, reports and pulled models.")
    database_url: str = _setting("", "SQLAlchemy URL; empty: SQLite in the data folder.")
    host: str = _setting("127.0.0.1", "Address the HTTP server listens on.")
    port: int = _setting(8080, "Port the HTTP server listens on; 0 takes a free one.")
    public_url: str = _setting("", "How browsers reach this server; empty: http://host:port.")
    secret: str = _setting("", "Signs links and tokens; empty: made once and kept in the data folder.")
    employer_zh: str = _setting("示范银行", "Employer's name in Chinese.")
    employer_en: str = _setting("Example Bank", "Employer's name in English.")
    profile: str = _setting("cn-bank", "Jurisdiction profile of new invitations.")
    speech_model: str = _setting("auto", "Model folder or name; auto: best one installed; fixture; none.")
    final_speech_model: str = _setting(
        "", "A better model for the last words of each utterance: folder, name or fixture; empty: the same."
    )
    commit_policy: str = _setting(
        DEFAULT_POLICY,
        "When a word of a live caption is settled: sure_or_agreed; agreement (of two hypotheses); align_att.",
    )
    face_model: str = _setting("auto", "Folder of the face models; auto: if pulled; none.")
    models_dir: str = _setting("", "Where pulled models lie; empty: models/ in the data folder.")
    inference: str = _setting("local", "local: engines in this process; redis: workers over Redis Streams.")
    inference_threads: int = _setting(2, "CPU threads of the engines of a process.")
    inference_device: str = _setting(
        "cpu", "Where speech is computed: cpu (int8) or cuda (float16; faces too, with torch)."
    )
    speech_batch: int = _setting(8, "How many windows of speech are computed together at most; 32 to 64 on a GPU.")
    worker_metrics_port: int = _setting(0, "Port on which `viva worker` shows its metrics to Prometheus; 0: none.")
    redis_url: str = _setting(
        "redis://127.0.0.1:6379/0", "Used with inference=redis, with leases=redis and by `viva worker`."
    )
    leases: str = _setting("local", "local: this is the only server process; redis: several share store and Redis.")
    process_url: str = _setting("", "With leases=redis: how browsers reach this very process; empty: http://host:port.")
    media_addresses: str = _setting("auto", "Comma-separated addresses offered to browsers; auto: all of this host.")
    media_policy: str = _setting("auto", "auto: WebRTC, then WebSocket; webrtc; websocket.")
    ice_servers: str = _setting("", "Comma-separated STUN URLs handed to browsers.")
    turn_urls: str = _setting("", "Comma-separated TURN URLs handed to browsers, with credentials that expire.")
    turn_secret: str = _setting("", "The secret shared with the TURN server (coturn: static-auth-secret).")
    turn_hours: int = _setting(12, "How long TURN credentials are good.")
    ice_policy: str = _setting("all", "all: any way; relay: browsers use the TURN server alone.")
    media_store: str = _setting("folder", "Where recordings lie: folder (in the data folder) or s3://bucket/prefix.")
    media_durable: str = _setting(
        "local",
        "Sound is acknowledged when it is on local disk, or, at most a second later, in the media store: store.",
    )
    s3_endpoint: str = _setting("", "URL of an S3-compatible store; empty: Amazon's.")
    s3_region: str = _setting("us-east-1", "The bucket's region.")
    s3_key_id: str = _setting("", "Access key of the bucket; empty: the machine's role, or the usual AWS_ variables.")
    s3_secret: str = _setting("", "The secret that belongs to it.")
    media_key: str = _setting(
        "", "Master keys of media (32 bytes, base64), comma-separated, newest first; empty: a file made at first start."
    )
    save_seconds: int = _setting(
        120, "After the last question: how long a device may send nothing more of a recording that is not complete."
    )
    transcribe_again: str = _setting(
        "needed", "The recording is transcribed when not all of it was heard live: needed; after every answer: always."
    )
    raters: str = _setting(
        "rubric", "Who rates: rubric, always; and, comma-separated, embedding and llm (docs/how-to/raters.md)."
    )
    embedding_model: str = _setting("", "Folder with model.onnx and tokenizer.json, for the embedding rater.")
    llm_url: str = _setting(
        "", "OpenAI-compatible endpoint of the llm rater, up to /chat/completions. It gets answers."
    )
    llm_model: str = _setting("", "The model's name there.")
    llm_key: str = _setting("", "Its API key, if it wants one.")
    llm_timeout_seconds: int = _setting(60, "How long one answer's rating may take, each of three attempts.")
    mappings: str = _setting(
        "", "Folder of mapping files (docs/reference/mappings.md), beside those that come with Viva; empty: none."
    )
    insight: str = _setting(
        "", "YAML file of courses, thresholds and hints (docs/reference/insight-book.md); empty: what comes with Viva."
    )
    destinations: str = _setting(
        "", "YAML file of the destinations besides the EHR inside (docs/reference/adapters.md); empty: none."
    )
    reconcile_hours: int = _setting(
        24, "How often what was delivered is read back and compared, and how far back; 0: by hand only."
    )
    notices: str = _setting(
        "", "YAML file of the ways to candidates and HR: WeCom, SMS, e-mail (docs/reference/notices.md); empty: none."
    )
    egress_allow: str = _setting(
        "", "Hosts, addresses and networks of your own that may be called (10.1.0.0/16, ehr.bank.internal)."
    )
    egress_plain: str = _setting("", "Hosts that may be called without TLS (http://); *: any.")
    max_interviews: int = _setting(50, "Live interviews this process admits; the next is refused with retry-after.")
    setups_per_second: int = _setting(20, "How many joins, and media connections, this process begins in a second.")
    top_percent: int = _setting(20, "The share of a position's candidates that lists mark as the top, percent.")
    link_hours: int = _setting(168, "How long a candidate's link is good, unless the invitation says otherwise.")
    drain_seconds: int = _setting(30, "After the first stop signal: how long live interviews may go on here.")
    resume_days: int = _setting(180, "How long a résumé's file and what was read of it are kept.")
    resume_queue: int = _setting(500, "How many résumés may wait to be read; the next is refused with retry-after.")
    admin_password: str = _setting("", "Password of the first `admin` user; empty: made once, kept in the data folder.")
    log_level: str = _setting("info", "debug, info, warning or error.")

    @property
    def data(self) -> Path:
        return Path(self.data_dir)

    @property
    def models(self) -> Path:
        return Path(self.models_dir) if self.models_dir else self.data / "models"

    @property
    def recordings(self) -> Path:
        return self.data / "recordings"

    @property
    def spool(self) -> Path:
        """What grows, or waits to be put away: encrypted, on this machine's disk."""
        return self.data / "spool"

    @property
    def media_key_file(self) -> Path:
        return self.data / "media-keys"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data.absolute() / 'viva.db'}"

    @property
    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def own_url(self) -> str:
        """Empty where this is the only process: then every address is relative to the page's."""
        if self.leases == "local":
            return ""
        return self.process_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def outside_raters(self) -> tuple[str, ...]:
        """Those besides the rubric."""
        names = (name.strip() for name in self.raters.split(","))
        return tuple(dict.fromkeys(name for name in names if name not in ("", "rubric")))

    @property
    def egress(self) -> AddressRules:
        """Whom the bridge may call. Raises ``ValueError``, not after ``load``."""
        return AddressRules.of(self.egress_allow, self.egress_plain)

    @property
    def employer(self) -> Bilingual:
        return Bilingual(zh=self.employer_zh, en=self.employer_en)

    def signing_secret(self) -> str:
        """The configured secret, else one made on first use and kept readable by this user only."""
        if self.secret:
            return self.secret
        path = self.data / "secret"
        if not path.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text().strip()


OUTSIDE_RATERS = {"embedding": ("embedding_model",), "llm": ("llm_url", "llm_model")}
"""What each needs to be set."""
CHOICES = {
    "inference": {"local", "redis"},
    "inference_device": {"cpu", "cuda"},
    "leases": {"local", "redis"},
    "media_durable": {"local", "store"},
    "media_policy": {"auto", "webrtc", "websocket"},
    "transcribe_again": {"needed", "always"},
    "commit_policy": set(POLICIES),
    "ice_policy": {"all", "relay"},
    "log_level": {"debug", "info", "warning", "error"},
}
_ICE_URLS = {
    "ice_servers": re.compile(r"stuns?:[A-Za-z0-9.:\[\]-]+"),
    "turn_urls": re.compile(r"turns?:[A-Za-z0-9.:\[\]-]+(\?transport=(udp|tcp))?"),
}
"""RFC 7064 and RFC 7065. A TURN URL among the STUN URLs would go out without its credentials."""
_AT_LEAST = {
    "port": 0,
    "max_interviews": 1,
    "link_hours": 1,
    "drain_seconds": 0,
    "save_seconds": 1,
    "setups_per_second": 1,
    "inference_threads": 1,
    "speech_batch": 1,
    "worker_metrics_port": 0,
    "turn_hours": 1,
    "llm_timeout_seconds": 1,
    "top_percent": 1,
    "resume_days": 1,
    "resume_queue": 1,
}


def load(environment: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """Settings from ``VIVA_*`` variables. Raises ``SettingInvalid`` for an unknown name or a bad value."""
    known = {item.name: item for item in fields(Settings)}
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith("VIVA_") or variable == "VIVA_TEST_DATA":
            continue
        name = variable.removeprefix("VIVA_").lower()
        if name not in known:
            raise SettingInvalid(variable, "there is no such setting; see docs/reference/settings.md")
        values[name] = _parsed(variable, text, known[name].default)
    values.update({name: value for name, value in overrides.items() if value is not None})
    settings = Settings(**values)
    for name, allowed in CHOICES.items():
        if getattr(settings, name) not in allowed:
            raise SettingInvalid(f"VIVA_{name.upper()}", f"must be one of {', '.join(sorted(allowed))}")
    _check_media_store(settings)
    _check_redis(settings)
    try:
        named(settings.profile)
    except KeyError:
        raise SettingInvalid(
            "VIVA_PROFILE", f"must be one of {', '.join(sorted(PROFILES))}, or some joined by +"
        ) from None
    _check_ice(settings)
    _check_raters(settings)
    try:
        _ = settings.egress
    except ValueError as error:
        raise SettingInvalid("VIVA_EGRESS_ALLOW", str(error)) from None
    if settings.leases == "redis" and not settings.process_url and not settings.port:
        raise SettingInvalid("VIVA_PROCESS_URL", "must be set with VIVA_LEASES=redis and a port that is not fixed")
    for name, least in _AT_LEAST.items():
        if getattr(settings, name) < least:
            raise SettingInvalid(f"VIVA_{name.upper()}", f"must be {least} or more")
    return settings


def _check_raters(settings: Settings) -> None:
    for rater in settings.outside_raters:
        if rater not in OUTSIDE_RATERS:
            raise SettingInvalid("VIVA_RATERS", f"there is no rater {rater!r}; there are rubric, embedding and llm")
        for name in OUTSIDE_RATERS[rater]:
            if not getattr(settings, name):
                raise SettingInvalid(f"VIVA_{name.upper()}", f"must be set with VIVA_RATERS={settings.raters}")
    if settings.llm_url and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", settings.llm_url):
        raise SettingInvalid("VIVA_LLM_URL", "must be a URL that begins with http:// or https://")


def _check_ice(settings: Settings) -> None:
    for name, form in _ICE_URLS.items():
        for url in filter(None, (part.strip() for part in getattr(settings, name).split(","))):
            if not form.fullmatch(url):
                scheme = "stun:host:port" if name == "ice_servers" else "turn:host:port?transport=udp"
                raise SettingInvalid(f"VIVA_{name.upper()}", f"{url!r} does not look like {scheme}")
    if settings.turn_urls and not settings.turn_secret:
        raise SettingInvalid("VIVA_TURN_SECRET", "must be set with VIVA_TURN_URLS: the credentials are made from it")
    if settings.ice_policy == "relay" and not settings.turn_urls:
        raise SettingInvalid("VIVA_ICE_POLICY", "relay needs VIVA_TURN_URLS: there would be no way at all")


def _check_media_store(settings: Settings) -> None:
    in_folder = settings.media_store == "folder"
    if not in_folder:
        try:
            bucket_and_prefix(settings.media_store)
        except ValueError as error:
            raise SettingInvalid("VIVA_MEDIA_STORE", f"must be folder, or {error}") from None
    if in_folder and settings.media_durable == "store":
        raise SettingInvalid("VIVA_MEDIA_DURABLE", "store needs VIVA_MEDIA_STORE=s3://…")
    if bool(settings.s3_key_id) != bool(settings.s3_secret):
        raise SettingInvalid("VIVA_S3_SECRET", "belongs to VIVA_S3_KEY_ID: set both, or neither")


def _check_redis(settings: Settings) -> None:
    """What is wrong is not repeated: a URL may hold a password."""
    try:
        parts = urlsplit(settings.redis_url)
        good = parts.scheme in ("redis", "rediss", "unix") and bool(parts.netloc or parts.path)
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise SettingInvalid(
            "VIVA_REDIS_URL", "must be a URL like redis://host:6379/0 (rediss:// with TLS, or unix://)"
        )


def _parsed(variable: str, text: str, default: object) -> object:
    if not isinstance(default, int):
        return text
    try:
        return int(text)
    except ValueError:
        raise SettingInvalid(variable, f"must be a whole number, not {text!r}") from None
