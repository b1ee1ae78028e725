"""``viva worker``: engines for servers that have none, and what no worker could digest."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from server import settings as configuration
from server.settings import SettingInvalid, Settings

worker_app = typer.Typer(help="Run an inference worker that takes speech and face work from Redis.")
poison_app = typer.Typer(help="Requests that no worker could digest: look, try again, drop.", no_args_is_help=True)
worker_app.add_typer(poison_app, name="poison")

RedisUrl = Annotated[str | None, typer.Option(help="Redis whose streams carry the work.")]
Line = Annotated[str, typer.Argument(help="As `viva worker poison list` shows it.")]
T = TypeVar("T")

STUCK = 12
"""Exit status: the engine hung. Whoever supervises the worker starts another."""


@worker_app.callback(invoke_without_command=True)
def worker(
    context: typer.Context,
    redis_url: RedisUrl = None,
    speech_model: Annotated[str | None, typer.Option(help="Folder or name; auto, fixture or none.")] = None,
    data_dir: Annotated[str | None, typer.Option("--data-dir", help="Folder of the models.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Port for Prometheus; 0: none.")] = None,
) -> None:
    """Run an inference worker that takes speech and face work from Redis. Start servers with VIVA_INFERENCE=redis."""
    if context.invoked_subcommand is not None:
        return
    from realtime.inference.worker import EngineStuck, WorkerRefused
    from server.serve import configure_logging
    from server.working import run_worker

    chosen = _settings(
        redis_url=redis_url, speech_model=speech_model, data_dir=data_dir, worker_metrics_port=metrics_port
    )
    configure_logging(chosen.log_level)
    try:
        asyncio.run(run_worker(chosen))
    except SettingInvalid as error:
        raise _stop(str(error)) from None
    except WorkerRefused as error:
        raise _stop(str(error), code=1) from None
    except EngineStuck as error:
        logging.getLogger("viva").error("%s: this worker ends, its work goes to others", error)
        logging.shutdown()
        os._exit(STUCK)  # the engine's thread does not end, and an orderly exit would wait for it
    except OSError as error:
        raise _stop(
            f"cannot show metrics on {chosen.host}:{chosen.worker_metrics_port}: {error.strerror}", code=1
        ) from None


@poison_app.command("list")
def poison_list(redis_url: RedisUrl = None) -> None:
    """What was set aside, oldest first: when, from which stream, how big, why. Nothing of what was said."""
    from realtime.inference import poison

    lines = _on_bus(redis_url, poison.listed)
    for line in lines:
        at = datetime.fromtimestamp(line.at_ms / 1000, UTC).isoformat(timespec="seconds")
        kept = f"content for {line.left_s // 60} min" if line.left_s else "content gone"
        typer.echo(f"{line.id}  {at}  {line.stream}  {line.bytes} bytes  {kept}  {line.reason}")
    if not lines:
        typer.echo("nothing is set aside")


@poison_app.command("retry")
def poison_retry(line: Line, redis_url: RedisUrl = None) -> None:
    """Give it to the workers once more. Says whether they digest it now; what was said is not shown."""
    from realtime.inference import poison
    from realtime.inference.bus import InferenceError

    try:
        outcome = _on_bus(redis_url, lambda redis: poison.try_again(redis, line))
    except poison.PoisonUnknown:
        raise _stop(f"nothing is set aside as {line}; `viva worker poison list` shows what is", code=1) from None
    except poison.ContentGone:
        raise _stop(f"the content of {line} was kept for an hour and is gone; drop the line", code=1) from None
    except TimeoutError:
        raise _stop("no worker took it within 30 s; it stays set aside", code=1) from None
    if isinstance(outcome, InferenceError):
        raise _stop(f"it still fails: {outcome.code}", code=1)
    typer.echo("a worker has digested it; it is off the list")


@poison_app.command("drop")
def poison_drop(
    line: Annotated[str, typer.Argument(help="As `viva worker poison list` shows it, or all.")],
    redis_url: RedisUrl = None,
) -> None:
    """Forget one, or all, with its content. Recordings are elsewhere and stay."""
    from realtime.inference import poison

    async def drop(redis: Any) -> int:
        names = [found.id for found in await poison.listed(redis)] if line == "all" else [line]
        for name in names:
            await poison.drop(redis, name)
        return len(names)

    try:
        typer.echo(f"{_on_bus(redis_url, drop)} dropped")
    except poison.PoisonUnknown:
        raise _stop(f"nothing is set aside as {line}; `viva worker poison list` shows what is", code=1) from None


def _on_bus(redis_url: str | None, what: Callable[[Any], Awaitable[T]]) -> T:
    from realtime.inference.poison import BusDown, on_bus

    chosen = _settings(redis_url=redis_url)
    try:
        return asyncio.run(on_bus(chosen.redis_url, what))
    except BusDown:
        where = chosen.redis_url.rpartition("@")[2].removeprefix("redis://")  # what stands before the @ is a secret
        raise _stop(f"no Redis answers at {where}", code=1) from None


def _settings(**overrides: object) -> Settings:
    try:
        return configuration.load(os.environ, **overrides)
    except SettingInvalid as error:
        raise _stop(str(error)) from None


def _stop(message: str, code: int = 2) -> typer.Exit:
    typer.secho(f"viva: {message}", err=True, fg=typer.colors.RED)
    return typer.Exit(code)
