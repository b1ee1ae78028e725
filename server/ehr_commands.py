"""``viva ehr``: the destinations of this installation, and what there is to send to."""

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from server import settings as configuration
from server.import_commands import import_app, mappings
from server.settings import SettingInvalid, Settings

if TYPE_CHECKING:
    from ehr_bridge.destinations import Configured
    from server.destinations import Checked

ehr_app = typer.Typer(help="Where results go: destinations, and the adapters there are.", no_args_is_help=True)
ehr_app.add_typer(import_app, name="import")
ehr_app.command("mappings")(mappings)


@ehr_app.command("adapters")
def adapters() -> None:
    """Every adapter, and what it can take."""
    from ehr_bridge.adapters.adapter import known
    from ehr_bridge.destinations import short

    for name, adapter in known().items():
        way = "calls us" if adapter.hosted else "is called"
        kinds = ", ".join(map(short, adapter.kinds))
        typer.echo(f"{name:<12} {way:<10} {kinds:<20} {adapter.title.zh} / {adapter.title.en}")


@ehr_app.command("destinations")
def destinations(
    check: Annotated[bool, typer.Option("--check", help="Make one harmless call to each that is enabled.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """The destinations of VIVA_DESTINATIONS. Exit code 1 if a checked one does not answer."""
    from server.destinations import configured

    try:
        settings = configuration.load(os.environ)
        found = configured(settings)
    except SettingInvalid as error:
        typer.secho(f"viva: {error}", err=True, fg=typer.colors.RED)
        raise typer.Exit(2) from None
    checks = asyncio.run(_checks(settings)) if check else {}
    rows = [_row(one, checks.get(one.name)) for one in found]
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode({"destinations": rows}), indent=2).decode())
    else:
        _tell(rows)
    raise typer.Exit(1 if any(done.code for done in checks.values()) else 0)


class Row(msgspec.Struct, frozen=True):
    """``code`` None: not asked; empty: it answered."""

    name: str
    adapter: str
    enabled: bool
    kinds: list[str]
    mapping: str
    code: str | None
    said: str


def _row(one: "Configured", done: "Checked | None") -> Row:
    from ehr_bridge.destinations import short

    code, said = (None, "") if done is None else (done.code, done.said)
    kinds = [short(kind) for kind in one.kinds]
    return Row(one.name, one.adapter_name, one.enabled, kinds, one.mapping, code, said)


def _tell(rows: list[Row]) -> None:
    typer.echo(f"{'embedded':<12} the EHR inside, always on")
    for row in rows:
        mapping = f", mapping {row.mapping}" if row.mapping else ""
        state = "on" if row.enabled else "off"
        typer.echo(f"{row.name:<12} {row.adapter}, {state}, {', '.join(row.kinds)}{mapping}")
        if row.code is not None:
            typer.echo(f"{'':<12} {row.code or 'ok'}: {row.said}")


async def _checks(settings: Settings) -> "dict[str, Checked]":
    from ehr_bridge.adapters.performing import Performer
    from ehr_bridge.egress import Egress
    from server.destinations import check, configured, outgoing_mappings, remote

    async with Egress(settings.egress) as egress:
        known = outgoing_mappings(settings)
        asked = [check(remote(one, Performer(egress), known)) for one in configured(settings) if one.enabled]
        return {done.name: done for done in await asyncio.gather(*asked)}
