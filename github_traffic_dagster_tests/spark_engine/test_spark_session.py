"""What can be wrong with a Spark Connect server, in words, without a secret, in bounded time."""

import socket
import threading
from collections.abc import Iterator

import pytest

from github_traffic_dagster.errors import GitHubTrafficError, SettingError, StoreError
from github_traffic_dagster.spark_engine.spark_session import SparkEngine, spark_engine
from github_traffic_dagster_tests.sail import running_sail

SECRET = "dapi0123456789abcdef"


@pytest.fixture
def no_spark() -> Iterator[int]:
    """The port of a server that hangs up on everybody."""
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up() -> None:
        try:
            while True:
                listener.accept()[0].close()
        except OSError:
            return

    thread = threading.Thread(target=hang_up, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def refusal(remote: str) -> GitHubTrafficError:
    with pytest.raises(GitHubTrafficError) as raised, spark_engine(remote):
        pass
    assert SECRET not in str(raised.value)
    assert "\n" not in str(raised.value)
    return raised.value


@pytest.mark.parametrize("remote", ["", "localhost:15002", "local", f"http://x/{SECRET}", "sc://"])
def test_an_address_that_is_none_is_refused(remote: str) -> None:
    error = refusal(remote)
    assert isinstance(error, SettingError)
    assert "sc://HOST:PORT" in str(error)


def test_a_port_where_nobody_listens_is_named_at_once() -> None:
    error = refusal(f"sc://127.0.0.1:9/;token={SECRET}")
    assert isinstance(error, StoreError)
    assert "No Spark Connect server answers at 127.0.0.1:9" in str(error)


def test_a_server_that_is_no_spark_is_given_up_soon(no_spark: int) -> None:
    assert "let no session be opened" in str(refusal(f"sc://127.0.0.1:{no_spark}"))


def test_a_statement_that_fails_is_shown_with_what_spark_said(spark: SparkEngine) -> None:
    with pytest.raises(StoreError) as raised:
        spark.execute("SELECT * FROM delta.`/nowhere/at/all`")
    assert "The statement: SELECT * FROM delta.`/nowhere/at/all`" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_rows_come_back_by_their_columns(spark: SparkEngine) -> None:
    assert spark.execute("SELECT 1 AS a, 'x' AS b") == [{"a": 1, "b": "x"}]


def test_a_server_that_dies_is_an_error_and_not_a_wait_of_ten_minutes() -> None:
    with running_sail() as sail:
        session = spark_engine(sail.address)
        engine = session.__enter__()
        engine.execute("SELECT 1")
    with pytest.raises(StoreError, match="could not run a statement"):
        engine.execute("SELECT 1")
    session.__exit__(None, None, None)
