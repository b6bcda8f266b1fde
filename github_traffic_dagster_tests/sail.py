"""Sail, a Spark Connect server in a process of its own (https://docs.lakesail.com)."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

_SERVER: Final = """
import signal, sys, types
# Sail asks the pyspark beside it for its version, and 0.7.2 knows none after 4.2; the client of 4.3
# speaks to it all the same.
sys.modules["pyspark"] = types.ModuleType("pyspark")
sys.modules["pyspark"].__version__ = "4.2.0"
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
print(server.listening_address[1], flush=True)
signal.pause()
"""


@dataclass(frozen=True)
class Sail:
    """A server: its address `sc://HOST:PORT`, and its process."""

    address: str
    process_id: int


@contextmanager
def running_sail(variables: Mapping[str, str] | None = None) -> Iterator[Sail]:
    """A server.

    Args:
        variables: what its environment holds besides, as the credentials of an object store.
    """
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(variables or {})},
    )
    try:
        assert server.stdout
        port = next(line for line in server.stdout if re.fullmatch(r"\d+\n", line)).strip()
        yield Sail(f"sc://127.0.0.1:{port}", server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


def session(address: str) -> Any:
    """A session with a catalog of its own.

    Its deadlines go by the clock: in a test that moved it back, every call comes too late.
    """
    from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415 - slow

    spark = SparkSession.builder.remote(address).create()
    try:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    except Exception:
        # At exit, a client that was not closed looks for its server for ten minutes.
        spark.stop()
        raise
    return spark
