from dataclasses import fields
from pathlib import Path

import pytest

from server import settings
from server.settings import SettingInvalid, Settings, load


def test_the_embedded_default_needs_nothing(tmp_path: Path) -> None:
    chosen = load({})
    assert chosen.database.startswith("sqlite+aiosqlite:///")
    assert chosen.base_url == "http://127.0.0.1:8080"
    assert chosen.inference == "local"


def test_variables_and_overrides(tmp_path: Path) -> None:
    chosen = load({"VIVA_PORT": "9000", "VIVA_EMPLOYER_EN": "Bank"}, host="0.0.0.0", port=None)
    assert (chosen.port, chosen.host, chosen.employer.en) == (9000, "0.0.0.0", "Bank")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("VIVA_PORT", "eighty", "whole number"),
        ("VIVA_PORT", "-1", "0 or more"),
        ("VIVA_INFERENCE", "cloud", "must be one of local, redis"),
        ("VIVA_SPEACH_MODEL", "x", "no such setting"),
        ("VIVA_REDIS_URL", "localhost:6379", "must be a URL like redis://host:6379/0"),
        ("VIVA_REDIS_URL", "redis://:secret@host:port/0", "must be a URL like redis://host:6379/0"),
        ("VIVA_MEDIA_STORE", "bucket", "must be folder, or an S3 store is s3://bucket"),
        ("VIVA_MEDIA_STORE", "s3://user:secret@bucket", "must be folder, or"),
        ("VIVA_MEDIA_DURABLE", "store", "needs VIVA_MEDIA_STORE"),
        ("VIVA_ICE_SERVERS", "turn:relay.example:3478", "does not look like stun:"),
        ("VIVA_TURN_URLS", "turn:relay.example:3478?transport=sctp", "does not look like turn:"),
        ("VIVA_TURN_HOURS", "0", "1 or more"),
        ("VIVA_ICE_POLICY", "relay", "relay needs VIVA_TURN_URLS"),
        ("VIVA_EGRESS_ALLOW", "ehr.bank.internal, 10.1.0.7/16", "'10.1.0.7/16' is neither an address nor a network"),
        ("VIVA_RATERS", "rubric,oracle", "there is no rater 'oracle'"),
        ("VIVA_LLM_URL", "judge.example", "must be a URL"),
    ],
)
def test_a_bad_variable_is_named(variable: str, value: str, says: str) -> None:
    with pytest.raises(SettingInvalid, match=says) as caught:
        load({variable: value})
    assert caught.value.name == variable


def test_turn_urls_need_the_secret_they_are_signed_with() -> None:
    with pytest.raises(SettingInvalid, match="must be set with VIVA_TURN_URLS"):
        load({"VIVA_TURN_URLS": "turn:relay.example:3478"})
    assert load({"VIVA_TURN_URLS": "turns:[2001:db8::1]:5349?transport=tcp", "VIVA_TURN_SECRET": "s"}).turn_hours == 12


def test_an_outside_rater_needs_what_it_is_made_of() -> None:
    for raters, missing in (("llm", "VIVA_LLM_URL"), ("rubric,embedding", "VIVA_EMBEDDING_MODEL")):
        with pytest.raises(SettingInvalid, match="must be set with") as caught:
            load({"VIVA_RATERS": raters})
        assert caught.value.name == missing
    assert load({"VIVA_RATERS": "rubric"}).outside_raters == ()


def test_other_programs_variables_are_left_alone() -> None:
    assert load({"HOME": "/", "VIVA_TEST_DATA": "/x"}) == Settings()


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    chosen = Settings(data_dir=str(tmp_path))
    secret = chosen.signing_secret()
    assert len(secret) >= 48
    assert chosen.signing_secret() == secret
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_the_reference_page_lists_every_setting() -> None:
    page = (Path(settings.__file__).parent.parent / "docs" / "reference" / "settings.md").read_text()
    for item in fields(Settings):
        assert f"| `VIVA_{item.name.upper()}` |" in page
        assert item.metadata["help"] in page
