"""The object store behind the proxy: a server, or moto's S3 within this process.

moto's own server takes 2 ms for a request, most of it to find out which of two hundred services is
meant; asked directly for S3 it takes 0.4 ms.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, Protocol
from urllib.parse import unquote_to_bytes

from aiohttp import ClientSession, DummyCookieJar, TCPConnector

_PORT: Final = "80"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer with its whole body."""

    status: int
    reason: str | None
    headers: Mapping[str, str]
    body: bytes


class Upstream(Protocol):
    """What answers the requests that are passed on."""

    async def open(self) -> None:
        """Get ready, in the loop in which it is going to answer."""

    async def close(self) -> None:
        """Let go of everything."""

    async def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Answer a request; `path` with its query, as it came."""


class HttpUpstream:
    """A server at a URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def open(self) -> None:
        """Get ready, in the loop in which it is going to answer."""
        self._session = ClientSession(
            auto_decompress=False, connector=TCPConnector(limit=0), cookie_jar=DummyCookieJar()
        )

    async def close(self) -> None:
        """Let go of everything."""
        await self._session.close()

    async def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Ask the server."""
        async with self._session.request(
            method,
            self._url + path,
            data=body or None,
            headers=headers,
            skip_auto_headers={"User-Agent", "Accept", "Accept-Encoding", "Content-Type"},
            allow_redirects=False,
        ) as found:
            return Answer(found.status, found.reason, found.headers, await found.read())


class MotoS3:
    """Amazon S3 as moto plays it, with a bucket.

    It answers one request after the other, so that no race within moto itself shows in a trial.
    """

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    async def open(self) -> None:
        """Import it, which takes a second, and make the bucket."""
        from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - slow, and not always needed
            create_backend_app,
        )

        self._application: Callable[..., Iterable[bytes]] = create_backend_app("s3")
        await self.answer("PUT", f"/{self._bucket}", {"Host": "127.0.0.1"}, b"")

    async def close(self) -> None:
        """Nothing to let go of."""

    async def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Call it as its web server would (https://peps.python.org/pep-3333/)."""
        began: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, found: list[tuple[str, str]], _error: Any = None) -> None:
            began.append((status, found))

        said = self._application(_environ(method, path, headers, body), start)
        whole = b"".join(said)
        status, found = began[0]
        code, _, reason = status.partition(" ")
        return Answer(int(code), reason, dict(found), whole)


def _environ(method: str, path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    bare, _, query = path.partition("?")
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {
        **named,
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(bare).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": path,
        "REQUEST_URI": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": _PORT,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": named.get("HTTP_CONTENT_TYPE", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
