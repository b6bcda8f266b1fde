"""Spark Connect: Databricks, a Spark cluster or Sail, at an address `sc://HOST:PORT/;key=value`.

https://spark.apache.org/docs/latest/spark-connect-overview.html, and for the address
https://github.com/apache/spark/blob/master/sql/connect/docs/client-connection-string.md. It may
hold a token, so no message repeats more of it than host and port.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from github_traffic_dagster.errors import SettingError, StoreError

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

ADDRESS: Final = re.compile(r"sc://(?P<host>[\w.-]+|\[[\da-fA-F:]+\])(:(?P<port>\d{1,5}))?(/;?.*)?")
DEFAULT_PORT: Final = 15002

_PATIENCE: Final = 10.0
"""Seconds for a connection."""
_RETRIES: Final = 4
"""Five seconds of trying again. The client's own 15 go on for ten minutes and say nothing."""
_RETRIES_OF_A_CLUSTER: Final = 15
"""A cluster of Databricks that sleeps needs minutes to start, and is unavailable meanwhile."""
_CLUSTER: Final = "x-databricks-cluster-id"
_GRPC_DETAILS: Final = re.compile(r'details = "(.*?)"\n', re.DOTALL)
_LONGEST_TEXT: Final = 400
_SHOWN_OF_A_STATEMENT: Final = 200


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """A session; every statement runs as a whole or not at all."""

    session: "SparkSession"
    where: str

    def execute(self, statement: str) -> list[dict[str, object]]:
        """Run a statement.

        Raises:
            StoreError: Spark refused it, or is gone.
        """
        from pyspark.errors import PySparkException  # noqa: PLC0415 - only with this engine

        try:
            return [row.asDict() for row in self.session.sql(statement).collect()]
        except PySparkException as error:
            raise StoreError(
                f"Spark at {self.where} could not run a statement: {_one_line(str(error))} What "
                "was stored is whole; run again when the cause is gone. The statement: "
                f"{statement[:_SHOWN_OF_A_STATEMENT]}..."
            ) from error


@contextmanager
def spark_engine(remote: str) -> Iterator[SparkEngine]:
    """Open a session of our own and close it again.

    Args:
        remote: the address.

    Raises:
        SettingError: the address is none, or the client is not installed.
        StoreError: nobody answers there.
    """
    where = _reachable(remote)
    session = _open(remote, where)
    try:
        yield SparkEngine(session, where)
    finally:
        session.stop()


def is_server_of(remote: str, host: str) -> bool:
    """Whether an address is on the host of a web address, as a Databricks workspace's is."""
    found = ADDRESS.fullmatch(remote)
    own = host.rpartition("/")[2].partition(":")[0]
    return found is not None and found["host"].lower() == own.lower()


def _reachable(remote: str) -> str:
    """Try the address without the client; returns its host and port."""
    found = ADDRESS.fullmatch(remote)
    if found is None:
        raise SettingError(
            "SPARK_REMOTE is no address of Spark Connect: expected sc://HOST:PORT, with "
            "/;key=value;... behind it where the server wants a token"
        )
    host, port = found["host"].strip("[]"), int(found["port"] or DEFAULT_PORT)
    try:
        socket.create_connection((host, port), timeout=_PATIENCE).close()
    except OSError as error:
        raise StoreError(
            f"No Spark Connect server answers at {host}:{port}: {error}. Nothing was stored. "
            "Start it, or correct SPARK_REMOTE."
        ) from error
    return f"{host}:{port}"


def _open(remote: str, where: str) -> "SparkSession":
    try:
        import_module("pyspark.sql.connect.session")
    # pyspark checks its own requirements and raises errors of its own kind for them.
    except ImportError as error:
        raise SettingError(
            f"GITHUB_TRAFFIC_ENGINE is spark, but the client is not installed ({error}): "
            "pip install '.[spark]'"
        ) from error
    from pyspark.errors import PySparkException  # noqa: PLC0415 - only with this engine
    from pyspark.sql.connect.client.retries import DefaultPolicy  # noqa: PLC0415
    from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415

    session = SparkSession.builder.remote(remote).create()
    retries = _RETRIES_OF_A_CLUSTER if _CLUSTER in remote else _RETRIES
    session.client.set_retry_policies([DefaultPolicy(max_retries=retries)])
    try:
        # What the statements need of time zones they bring themselves; rows come back in it.
        session.conf.set("spark.sql.session.timeZone", "UTC")
    except PySparkException as error:
        # Or the client tries once more to reach it when this process ends.
        session.client.close()
        raise StoreError(
            f"Spark at {where} let no session be opened: {_one_line(str(error))} Nothing was "
            "stored. Check SPARK_REMOTE, its token and the server."
        ) from error
    return session


def _one_line(text: str) -> str:
    """The message without the server's stack, and of gRPC's the details alone."""
    details = _GRPC_DETAILS.search(text)
    said = " ".join((details[1] if details else text.partition("\n\nJVM stacktrace")[0]).split())
    return f"{said[:_LONGEST_TEXT].rstrip('. ')}."
