"""Fixtures that several folders use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from github_traffic_dagster.demo_github.apps import new_private_key
from github_traffic_dagster.github_api import credentials
from github_traffic_dagster_tests.object_stores import azure_folder, s3_folder
from github_traffic_dagster_tests.pipeline import Pipeline, running_pipeline
from reliability.emulators import EmulatorMissingError, ObjectStore, azurite, moto

_MEMORY = Path("/dev/shm")
_ROOM = 2 * 1024**3


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the browser's tests write the README's pictures."""
    parser.addoption("--pictures", help="folder for the pictures of the Dagster UI (docs/images)")


def pytest_configure() -> None:
    """Temporary folders in memory where there is room: SQLite syncs at every event."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


@pytest.fixture(autouse=True)
def no_tokens_of_other_tests() -> None:
    """Servers of two tests may have the same port, and their worlds the same time."""
    credentials._KEPT.clear()


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline of its own for the test."""
    with running_pipeline(tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture(scope="session")
def app_key() -> str:
    """An App's private key as GitHub hands it out."""
    return new_private_key()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[ObjectStore]:
    """An S3 server with a bucket."""
    with moto() as server:
        yield server


@pytest.fixture
def s3(s3_server: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty place in S3; the environment holds its credentials."""
    with s3_folder(s3_server, monkeypatch) as uri:
        yield uri


@pytest.fixture(scope="session")
def azure_server() -> Iterator[ObjectStore]:
    """An Azure Blob Storage server with a container, where Azurite is installed."""
    try:
        with azurite() as server:
            yield server
    except EmulatorMissingError as error:
        pytest.skip(f"Azurite is not installed here (npm install azurite): {error}")


@pytest.fixture
def azure(azure_server: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty place in Azure Blob Storage; the environment holds its credentials."""
    with azure_folder(azure_server, monkeypatch) as uri:
        yield uri
