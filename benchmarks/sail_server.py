"""A Spark Connect server in a process of its own: Sail, which needs no Java."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Sail 0.7.2 asks the pyspark beside it for its version, and knows none after 4.2.
_SERVER: Final = """
import signal, sys, types
sys.modules["pyspark"] = types.ModuleType("pyspark")
sys.modules["pyspark"].__version__ = "4.2.0"
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
print(server.listening_address[1], flush=True)
signal.pause()
"""


@contextmanager
def running_sail() -> Iterator[tuple[str, int]]:
    """The server's address, and its process id."""
    server = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", _SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        lines = server.stdout or ()
        port = next(line for line in lines if re.fullmatch(r"\d+\n", line)).strip()
        yield f"sc://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait()
