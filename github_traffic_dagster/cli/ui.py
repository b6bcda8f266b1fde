"""`github-traffic ui`: Dagster's pages and its daemon, which runs the daily schedule."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import Final

import click

from github_traffic_dagster.cli.demo import NOTICE, demo_github, use_demo_home
from github_traffic_dagster.cli.home import WORKSPACE_YAML, prepare_instance, read_settings
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.settings import Settings

_LOOK_SECONDS: Final = 0.3
_STOP_SECONDS: Final = 20
"""How long Dagster may take to end its web server, daemon and code servers."""


@click.command()
@click.option("--demo", is_flag=True, help="The pages of what --demo collected.")
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
def ui(*, demo: bool, port: int, host: str) -> int:
    """Open the Dagster UI and run the daily schedule until Ctrl-C."""
    settings = read_settings()
    if demo:
        use_demo_home(settings)
        click.echo(NOTICE, err=True)
    _refuse_taken(host, port)
    with demo_github() if demo else nullcontext():
        settings = read_settings()
        instance_folder = prepare_instance(settings)
        _warn_without_credentials(settings)
        return _serve(settings, instance_folder, host, port)


def _serve(settings: Settings, instance_folder: Path, host: str, port: int) -> int:
    arguments = ["-w", str(instance_folder / WORKSPACE_YAML), "-h", host, "-p", str(port)]
    with _stop_signals() as stopped:
        # A group of its own: Ctrl-C comes to us alone, and the whole group can be ended.
        dagster = subprocess.Popen(  # noqa: S603 - this interpreter, no shell
            [sys.executable, "-m", "dagster", "dev", *arguments, "--log-level", "warning"],
            # Dagster would let the working folder's .env win over what is exported.
            cwd=instance_folder,
            env=_environment(settings),
            process_group=0,
        )
        try:
            click.echo(f"Starting Dagster at http://{host}:{port} (Ctrl-C ends it)")
            _watch(dagster, stopped, host, port)
            crashed = dagster.poll() is not None
        finally:
            _end(dagster)
    if crashed:
        click.echo("Dagster ended by itself; its own lines above say why.", err=True)
    return int(crashed)


def _watch(dagster: subprocess.Popen[bytes], stopped: list[int], host: str, port: int) -> None:
    """Return when Dagster ends or somebody wants it to end."""
    ready = False
    while dagster.poll() is None and not stopped:
        if not ready and (ready := _answers(host, port)):
            click.echo(f"Ready: http://{host}:{port}")
        time.sleep(_LOOK_SECONDS)


def _environment(settings: Settings) -> dict[str, str]:
    """Ours, with absolute paths: Dagster works in another folder."""
    key_file = settings.github_app_private_key_file
    return {
        **os.environ,
        "GITHUB_TRAFFIC_HOME": str(settings.home),
        "GITHUB_TRAFFIC_STORE": settings.root,
        **({"GITHUB_APP_PRIVATE_KEY_FILE": str(key_file)} if key_file else {}),
        # "superseded", "beta": notes to developers.
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore"),
    }


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Collect the signals that ask to stop instead of dying of them, so that no child is left."""
    received: list[int] = []

    def receive(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, receive) for number in wanted}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(dagster: subprocess.Popen[bytes]) -> None:
    """Let Dagster end its services, then end whatever of its group is still there."""
    if dagster.poll() is None:
        dagster.send_signal(signal.SIGINT)
        try:
            dagster.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            click.echo("Dagster does not end by itself: it is ended the hard way.", err=True)
    with suppress(ProcessLookupError):
        os.killpg(dagster.pid, signal.SIGKILL)
    dagster.wait()


def _refuse_taken(host: str, port: int) -> None:
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise SettingError(
            f"--host {host} --port {port} can't be used ({error.strerror or error}): "
            "choose a free port, as --port 3001"
        ) from None


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _warn_without_credentials(settings: Settings) -> None:
    try:
        settings.credentials()
    except SettingError as error:
        click.echo(f"Runs will fail: {error}", err=True)
