"""Sail as the Spark behind the warehouse: a server of its own, a session for each workspace."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

# Sail 0.7.2 refuses PySpark 4.3, whose protocol it speaks all the same: it looks at the version of
# the package beside it, and only when a session begins.
_SERVER = """
import sys, pyspark
pyspark.__version__ = "4.2.0"
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
print(server.listening_address[1], flush=True)
sys.stdin.read()
"""


@contextmanager
def sail(environment: Mapping[str, str]) -> Iterator[str]:
    """A Spark Connect server with the given variables (an object store's); yields its address."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        assert process.stdout
        try:
            yield f"sc://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def session(address: str) -> Any:
    """A session with a catalog of its own."""
    from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415 - slow

    spark = SparkSession.builder.remote(address).create()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    return spark
