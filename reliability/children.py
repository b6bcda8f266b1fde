"""Runs in processes of their own: to be killed, to be somebody else, to be many at once.

A fork server imports everything once and forks from there: a fork of a process that has used
deltalake panics, and a fresh interpreter for every run takes three seconds to import.
"""

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from typing import Final

from github_traffic_dagster.store.place import Place
from reliability.looks import Look
from reliability.runs import Step, our_writer, run

NOBODY: Final = 65534
"""The user without rights, on Debian and most others."""
_PATIENCE: Final = 300.0
_IMPORTED: Final = ["reliability.children", "reliability.workers", "reliability.collecting"]


def context() -> ForkServerContext:
    """The fork server, with what a run needs imported."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(_IMPORTED)
    return server


def start_run(places: Mapping[str, Place], look: Look) -> tuple[BaseProcess, Connection]:
    """Start a run in a process.

    Returns:
        The process, and a connection on which "begun" and later its steps arrive.
    """
    return start(_run, dict(places), look, None)


def run_as_nobody(places: Mapping[str, Place], look: Look) -> list[Step]:
    """A whole run by a user who owns nothing."""
    process, connection = start(_run, dict(places), look, NOBODY)
    connection.recv()
    steps: list[Step] = connection.recv()
    process.join()
    return steps


def run_together(places: Mapping[str, Place], looks: Sequence[Look]) -> list[list[Step]]:
    """Runs in as many processes, which all begin at the same moment."""
    barrier = context().Barrier(len(looks))
    started = [start(_run_at_once, dict(places), look, barrier) for look in looks]
    steps: list[list[Step]] = [connection.recv() for _, connection in started]
    for process, _ in started:
        process.join()
    return steps


def start(target: Callable[..., None], *arguments: object) -> tuple[BaseProcess, Connection]:
    """Start a process.

    Args:
        target: a function of a module, which is called with a connection and the arguments.
        *arguments: what it needs to know.

    Returns:
        The process, and the connection's other end.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = context().Process(target=_enter, args=(dict(os.environ), target, theirs, *arguments))
    process.start()
    theirs.close()
    return process, ours


def _enter(environment: dict[str, str], target: Callable[..., None], *arguments: object) -> None:
    """The fork server has the environment of the moment it was started: bring it up to date."""
    os.environ.update(environment)
    target(*arguments)


def _run(connection: Connection, places: Mapping[str, Place], look: Look, user: int | None) -> None:
    if user is not None:
        os.setgid(user)
        os.setuid(user)
    connection.send("begun")
    connection.send(run(our_writer(places, look)))


def _run_at_once(
    connection: Connection, places: Mapping[str, Place], look: Look, barrier: Barrier
) -> None:
    barrier.wait(_PATIENCE)
    connection.send(run(our_writer(places, look)))


def silence_panics() -> None:
    """Close this process' stderr: under faults, delta-rs' threads write their panics there."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
