"""Object stores on this machine: moto's server for S3, Azurite for Azure Blob Storage.

Each in a process of its own, so that what is measured here does not share Python's lock with it.
"""

import base64
import datetime as dt
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

BUCKET: Final = "traffic"
_PATIENCE: Final = 60.0

# Azurite's well-known development account; no secret
# (https://learn.microsoft.com/azure/storage/common/storage-use-azurite).
AZURITE_ACCOUNT: Final = "devstoreaccount1"
AZURITE_KEY: Final = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


class EmulatorMissingError(RuntimeError):
    """The emulator is not installed here. Says which program was looked for."""


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A running emulator with an empty bucket.

    Attributes:
        name: as tables call it.
        url: where its HTTP interface listens.
        root: URI of the bucket as delta-rs takes it.
    """

    name: str
    url: str
    root: str

    def options(self, url: str | None = None) -> dict[str, str]:
        """Storage options of delta-rs to speak to it, directly or through a proxy at `url`."""
        if self.root.startswith("az"):
            return {
                "azure_storage_account_name": AZURITE_ACCOUNT,
                "azure_storage_account_key": AZURITE_KEY,
                "azure_storage_use_emulator": "true",
                "azure_allow_http": "true",
            }
        return {
            "aws_endpoint_url": url or self.url,
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "aws_region": "us-east-1",
            "aws_allow_http": "true",
        }


@contextmanager
def moto() -> Iterator[ObjectStore]:
    """Amazon S3 as moto plays it (https://docs.getmoto.org/en/latest/docs/server_mode.html)."""
    port = _free_port()
    with _running([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port):
        store = ObjectStore("moto (S3)", f"http://127.0.0.1:{port}", f"s3://{BUCKET}")
        request = urllib.request.Request(f"{store.url}/{BUCKET}", method="PUT")  # noqa: S310 - own server
        with urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310 - own server
            yield store


@contextmanager
def azurite() -> Iterator[ObjectStore]:
    """Azure Blob Storage as Azurite plays it (npm package azurite).

    Found by the variable AZURITE (the program, or the folder it was installed into) or on PATH.
    delta-rs finds it by AZURITE_BLOB_STORAGE_URL, which is set meanwhile.

    Raises:
        EmulatorMissingError: it is not installed.
    """
    program = find_azurite()
    if program is None:
        raise EmulatorMissingError("azurite-blob: neither at AZURITE nor on PATH")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with TemporaryDirectory() as folder:
        command = [
            *(str(program), "--blobHost", "127.0.0.1", "--blobPort", str(port)),
            *("--location", folder, "--silent", "--skipApiVersionCheck"),
        ]
        with _running(command, port):
            _create_container(url, BUCKET)
            before = os.environ.get("AZURITE_BLOB_STORAGE_URL")
            os.environ["AZURITE_BLOB_STORAGE_URL"] = url
            try:
                yield ObjectStore("azurite (Azure)", url, f"az://{BUCKET}")
            finally:
                os.environ.pop("AZURITE_BLOB_STORAGE_URL")
                if before is not None:
                    os.environ["AZURITE_BLOB_STORAGE_URL"] = before


def find_azurite() -> Path | None:
    """The program `azurite-blob`."""
    given = os.environ.get("AZURITE")
    if given:
        for path in (Path(given), *Path(given).glob("**/.bin/azurite-blob")):
            if path.is_file():
                sibling = path.with_name("azurite-blob")
                return sibling if sibling.is_file() else path
    found = shutil.which("azurite-blob")
    return Path(found) if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(  # noqa: S603 - own command line
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_until_it_listens(process, port)
            yield
        finally:
            process.terminate()
            process.wait()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"{process.args!r} does not listen on port {port}")


def _create_container(url: str, name: str) -> None:
    """Create a container, signed with the account's key.

    https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
    """
    headers = {
        "x-ms-date": dt.datetime.now(dt.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "x-ms-version": "2021-12-02",
    }
    resource = f"/{AZURITE_ACCOUNT}/{AZURITE_ACCOUNT}/{name}\nrestype:container"
    headers["Authorization"] = _shared_key(headers, resource)
    request = urllib.request.Request(  # noqa: S310 - own server
        f"{url}/{AZURITE_ACCOUNT}/{name}?restype=container",
        method="PUT",
        headers={**headers, "Content-Length": "0"},
    )
    with urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310 - own server
        pass


def _shared_key(headers: Mapping[str, str], resource: str) -> str:
    named = "\n".join(f"{name}:{value}" for name, value in sorted(headers.items()))
    text = "PUT" + "\n" * 12 + f"{named}\n{resource}"
    key = base64.b64decode(AZURITE_KEY)
    digest = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return f"SharedKey {AZURITE_ACCOUNT}:{base64.b64encode(digest).decode()}"
