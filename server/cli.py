"""The ``viva`` command. ``viva --help`` is written for a newcomer; every command says what to do when it cannot."""

import asyncio
import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from realtime.inference.model_errors import ModelUnavailable
from realtime.inference.model_store import ModelStore
from realtime.inference.models_catalogue import CATALOGUE
from server import settings as configuration
from server.culture_commands import culture_app
from server.drop_commands import ehr_app
from server.media_commands import media_app
from server.position_commands import positions_app
from server.report_commands import report_app
from server.settings import SettingInvalid, Settings
from server.validity.commands import app as validity_app
from server.worker_commands import worker_app

app = typer.Typer(
    name="viva",
    help="Live interviews: invite, interview, report, employee record. Start with `viva demo` or `viva serve`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
models_app = typer.Typer(help="Speech and face models: what is there, and how to get one.", no_args_is_help=True)
admin_app = typer.Typer(
    help="Users, keys, invitations, positions and media of this installation.", no_args_is_help=True
)
app.add_typer(worker_app, name="worker")
app.add_typer(models_app, name="models")
app.add_typer(admin_app, name="admin")
admin_app.add_typer(positions_app, name="positions")
admin_app.add_typer(culture_app, name="culture")
app.add_typer(validity_app, name="validity")
admin_app.add_typer(media_app, name="media")
app.add_typer(report_app, name="report")
app.add_typer(ehr_app, name="ehr")

DataDir = Annotated[str | None, typer.Option("--data-dir", help="Folder of database, recordings and models.")]


def settings_or_exit(**overrides: object) -> Settings:
    try:
        return configuration.load(os.environ, **overrides)
    except SettingInvalid as error:
        raise _stop(str(error)) from None


def _stop(message: str, code: int = 2) -> typer.Exit:
    typer.secho(f"viva: {message}", err=True, fg=typer.colors.RED)
    return typer.Exit(code)


@app.callback(invoke_without_command=True)
def root(show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if show_version:
        typer.echo(f"viva {version('viva')}")
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    data_dir: DataDir = None,
    speech_model: Annotated[str | None, typer.Option(help="Folder or name; auto, fixture or none.")] = None,
) -> None:
    """Run the server: candidates at /i/…, HR at /hr. Every setting is a VIVA_… variable too."""
    from server.serve import serve as run

    chosen = settings_or_exit(host=host, port=port, data_dir=data_dir, speech_model=speech_model)
    try:
        raise typer.Exit(run(chosen))
    except SettingInvalid as error:
        raise _stop(str(error)) from None
    except OSError as error:
        raise _stop(f"cannot listen on {chosen.host}:{chosen.port}: {error.strerror}. Choose another --port.") from None


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the interview; 0 only if every step held.")] = False,
    port: Annotated[int, typer.Option(help="Port of the server; 0 takes a free one.")] = 8080,
    data_dir: Annotated[str, typer.Option("--data-dir", help="Where the demo keeps everything.")] = "var/demo",
    transport: Annotated[
        str, typer.Option(help="webrtc or websocket: how the virtual candidate sends media.")
    ] = "webrtc",
) -> None:
    """Watch a whole interview happen: a virtual candidate, HR beside it, the report, the employee record."""
    from loadtest.demo import run

    raise typer.Exit(run(once=once, port=port, data_dir=data_dir, transport=transport))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def load(context: typer.Context) -> None:
    """Send virtual candidates against a server (`viva load --help`)."""
    from loadtest.command import main as run

    raise typer.Exit(run(context.args))


# --------------------------------------------------------------------------- models
@models_app.command("list")
def models_list(data_dir: DataDir = None) -> None:
    """What can be pulled, and what is installed."""
    store = ModelStore(settings_or_exit(data_dir=data_dir).models)
    installed = {model.name for model in store.installed()}
    for name, entry in sorted(CATALOGUE.items()):
        mark = "installed" if name in installed else ""
        typer.echo(f"{name:<18} {entry.about_bytes / 1e6:7.0f} MB  {mark}")


@models_app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="face, speech-tiny, speech-small, speech-turbo, …")],
    source: Annotated[str | None, typer.Option(help="A mirror's URL or a folder instead of the hub.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Fetch a model, check every file, install it. A pull that breaks off leaves nothing half-installed."""
    store = ModelStore(settings_or_exit(data_dir=data_dir).models)
    shown = -1

    def progress(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // total if total else 0
        if percent != shown and sys.stderr.isatty():
            shown = percent
            typer.echo(f"\r{name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB ({percent} %)", nl=False, err=True)

    try:
        path = store.pull(name, source, progress)
    except ModelUnavailable as error:
        raise _stop(f"{error.message.en}\n      {error.message.zh}", code=1) from None
    if sys.stderr.isatty():
        typer.echo("", err=True)
    typer.echo(f"{name}: installed in {path}")


@models_app.command("verify")
def models_verify(name: str, data_dir: DataDir = None) -> None:
    """Hash an installed model again and compare."""
    try:
        ModelStore(settings_or_exit(data_dir=data_dir).models).verify(name)
    except ModelUnavailable as error:
        raise _stop(error.message.en, code=1) from None
    typer.echo(f"{name}: every file is as it was installed")


# --------------------------------------------------------------------------- admin
@admin_app.command("user")
def admin_user(
    name: str,
    roles: Annotated[str, typer.Option(help="Comma-separated: admin, hr, interviewer, steward, operator.")] = "hr",
    branch: Annotated[str, typer.Option(help="Branch the user belongs to.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Create a user, or change one. The password is asked for, or read from standard input."""
    from server import administration

    chosen = tuple(role.strip() for role in roles.split(",") if role.strip())
    unknown = set(chosen) - set(administration.ROLES)
    if unknown:
        raise _stop(f"there is no role {', '.join(sorted(unknown))}; roles are {', '.join(administration.ROLES)}")
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().strip()
    if len(password) < 10:
        raise _stop("the password must have at least 10 characters")
    asyncio.run(administration.put_user(settings_or_exit(data_dir=data_dir), name, password, chosen, branch))
    typer.echo(f"user {name}: {', '.join(chosen)}")


@admin_app.command("key")
def admin_key(
    name: Annotated[str, typer.Argument(help="Who will use it.")],
    scopes: Annotated[
        str, typer.Option(help="Comma-separated scopes; webhook:NAME for one of the destinations.")
    ] = "persons:read,results:read",
    sandbox: Annotated[bool, typer.Option("--sandbox", help="For made-up persons only.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Make an API key for an EHR consumer. It is shown once."""
    from server import administration

    chosen = tuple(scope.strip() for scope in scopes.split(",") if scope.strip())
    unknown = {each for each in set(chosen) - set(administration.SCOPES) if not each.startswith(administration.WEBHOOK)}
    if unknown:
        raise _stop(f"there is no scope {', '.join(sorted(unknown))}; scopes are {', '.join(administration.SCOPES)}")
    settings = settings_or_exit(data_dir=data_dir)
    typer.echo(asyncio.run(administration.add_api_key(settings, name, chosen, sandbox=sandbox)))


def _names(given: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in given.split(",") if name.strip())


@admin_app.command("invite")
def admin_invite(
    name: Annotated[str, typer.Argument(help="The applicant's name.")],
    position: Annotated[str, typer.Option(help="Id of the position.")] = "client_manager",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    email: Annotated[str, typer.Option(help="The applicant's e-mail address.")] = "",
    features: Annotated[
        str | None, typer.Option(help="Comma-separated: voice, logic, scenario, expression. Default: the position's.")
    ] = None,
    questions: Annotated[str, typer.Option(help="Comma-separated ids, in order. Default: the position's.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Invite an applicant and print the candidate's link and HR's link."""
    from server import administration

    if language not in ("zh", "en"):
        raise _stop("language is zh or en")
    try:
        links = asyncio.run(
            administration.invite(
                settings_or_exit(data_dir=data_dir),
                name,
                email,
                position,
                "zh" if language == "zh" else "en",
                features=None if features is None else _names(features),
                questions=_names(questions),
            )
        )
    except (LookupError, ValueError) as error:
        raise _stop(str(error), code=1) from None
    typer.echo(f"candidate: {links.candidate}\nHR:        {links.hr}")


def main() -> None:
    app()
