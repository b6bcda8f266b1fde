"""An HTTP proxy in front of an object store that makes the Nth request fail, once or for good."""

import asyncio
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from aiohttp import ClientConnectionResetError, ClientSession, DummyCookieJar, TCPConnector, web

from reliability.faults import Fault

# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1: these belong to one connection only.
_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_CHUNK: Final = 64 * 1024
_LARGEST_REQUEST: Final = 256 * 1024**2
_EMPTY_LISTING: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>b</Name><KeyCount>0</KeyCount>'
    "<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>"
)
_ERROR_BODY: Final = "<Error><Code>{}</Code><Message>Injected fault</Message></Error>"
_NOT_FOUND: Final = 404
_CODES: Final = {403: "AccessDenied", 404: "NoSuchKey", 500: "InternalError", 503: "SlowDown"}


class FaultProxy:
    """Passes requests on to `upstream`, except those it was armed against.

    Runs in a thread of its own while used as a context manager.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._fault: Fault | None = None
        self._first = self._last = 0
        self.requests: list[str] = []
        """Method and path of each request since it was last armed or disarmed."""
        self.url = ""

    def __enter__(self) -> Self:
        """Start; `url` is known from here on."""
        self._thread.start()
        port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def arm(self, fault: Fault, at: int, *, times: int | None = 1) -> None:
        """Count from here; fail request `at` (from 0) and so many in all, None for all to come."""
        self.requests = []
        self._first, self._last = at, at + times if times else -1
        self._fault = fault

    def disarm(self) -> None:
        """Let everything pass, and count from here."""
        self._fault = None
        self.requests = []

    async def _start(self) -> int:
        self._session = ClientSession(
            auto_decompress=False,
            connector=TCPConnector(limit=0),
            cookie_jar=DummyCookieJar(),
        )
        application = web.Application(client_max_size=_LARGEST_REQUEST)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def _stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    def _fault_of_the_next(self, request: web.Request) -> Fault | None:
        number = len(self.requests)
        self.requests.append(f"{request.method} {request.path_qs}")
        hit = number >= self._first and (self._last < 0 or number < self._last)
        return self._fault if hit else None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        fault = self._fault_of_the_next(request)
        body = await request.read()
        if fault is None or fault.reaches_the_store:
            try:
                return await self._pass_on(request, body, fault)
            except ClientConnectionResetError:
                # The client has what it wanted, or was killed.
                return _reset(request)
        if fault is Fault.HANG:
            return await _hang(request)
        if fault is Fault.RESET:
            return _reset(request)
        if fault is Fault.NOT_THERE:
            return _nothing_there(request)
        return _refusal(int(fault))

    async def _pass_on(
        self, request: web.Request, body: bytes, fault: Fault | None
    ) -> web.StreamResponse:
        async with self._session.request(
            request.method,
            self._upstream + request.raw_path,
            data=body or None,
            headers=_end_to_end(request.headers),
            skip_auto_headers={"User-Agent", "Accept", "Accept-Encoding", "Content-Type"},
            allow_redirects=False,
        ) as answer:
            if fault is Fault.RESET_AFTER:
                await answer.read()
                return _reset(request)
            if fault is Fault.APPLIED_THEN_HANG:
                await answer.read()
                return await _hang(request)
            response = web.StreamResponse(
                status=answer.status, reason=answer.reason, headers=_end_to_end(answer.headers)
            )
            await response.prepare(request)
            if fault is Fault.TRUNCATED:
                whole = await answer.read()
                await response.write(whole[: len(whole) // 2])
                return _reset(request)
            async for chunk in answer.content.iter_chunked(_CHUNK):
                await response.write(chunk)
            await response.write_eof()
            return response


def _end_to_end(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}


def _reset(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


async def _hang(request: web.Request) -> web.Response:
    # Nothing tells a handler that its client went away without being cancelled by it.
    while request.transport and not request.transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    return web.Response()


def _nothing_there(request: web.Request) -> web.Response:
    if request.method == "GET" and "list-type" in request.query:
        return web.Response(text=_EMPTY_LISTING, content_type="application/xml")
    return _refusal(_NOT_FOUND)


def _refusal(status: int) -> web.Response:
    body = _ERROR_BODY.format(_CODES[status])
    return web.Response(status=status, text=body, content_type="application/xml")
