"""Requests to an object store on their way there and back, of which the Nth fails as told."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Final, Self

from aiohttp import ClientConnectionResetError, web

from reliability.dialects import dialect
from reliability.faults import Fault
from reliability.upstreams import Answer, HttpUpstream, Upstream

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
_LARGEST_REQUEST: Final = 256 * 1024**2
_ERROR_BODY: Final = "<Error><Code>{}</Code><Message>Injected fault</Message></Error>"
_NOT_FOUND: Final = 404


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FaultProxy:
    """Passes requests on, except those it was armed against.

    Runs in a thread of its own while used as a context manager.

    Args:
        upstream: the object store, by its URL or within this process.

    Attributes:
        url: where requests may fail.
        safe_url: where the same store is reached without faults, and uncounted.
        requests: method and path of each request since it was last armed or disarmed.
    """

    def __init__(self, upstream: str | Upstream) -> None:
        self._upstream = HttpUpstream(upstream) if isinstance(upstream, str) else upstream
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runners: list[web.AppRunner] = []
        self._fault: Fault | None = None
        self._first = self._last = 0
        self.requests: list[str] = []
        self.url = self.safe_url = ""

    def __enter__(self) -> Self:
        """Start; the URLs are known from here on."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
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

    async def _start(self) -> None:
        await self._upstream.open()
        self.url = await self._listen(self._handle)
        self.safe_url = await self._listen(self._pass_on)

    async def _listen(self, handler: Handler) -> str:
        application = web.Application(client_max_size=_LARGEST_REQUEST)
        application.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runners.append(runner)
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()
        await self._upstream.close()

    def _fault_of_the_next(self, request: web.Request) -> Fault | None:
        number = len(self.requests)
        self.requests.append(f"{request.method} {request.path_qs}")
        hit = number >= self._first and (self._last < 0 or number < self._last)
        return self._fault if hit else None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        fault = self._fault_of_the_next(request)
        if fault is None:
            return await self._pass_on(request)
        if fault.reaches_the_store:
            return await _spoilt(request, await self._answer(request), fault)
        await request.read()
        if fault is Fault.HANG:
            return await _hang(request)
        if fault is Fault.RESET:
            return _reset(request)
        if fault is Fault.NOT_THERE:
            return _nothing_there(request)
        return _refusal(request, int(fault))

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        answer = await self._answer(request)
        response = _begin(answer)
        try:
            await response.prepare(request)
            await response.write(answer.body)
            await response.write_eof()
        except ClientConnectionResetError:
            # The client has what it wanted, or was killed.
            return _reset(request)
        return response

    async def _answer(self, request: web.Request) -> Answer:
        body = await request.read()
        answer = await self._upstream.answer(
            request.method, request.raw_path, _end_to_end(request.headers), body
        )
        return Answer(answer.status, answer.reason, _end_to_end(answer.headers), answer.body)


def _end_to_end(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}


def _begin(answer: Answer) -> web.StreamResponse:
    return web.StreamResponse(status=answer.status, reason=answer.reason, headers=answer.headers)


async def _spoilt(request: web.Request, answer: Answer, fault: Fault) -> web.StreamResponse:
    if fault is Fault.APPLIED_THEN_HANG:
        return await _hang(request)
    if fault is Fault.TRUNCATED:
        response = _begin(answer)
        await response.prepare(request)
        await response.write(answer.body[: len(answer.body) // 2])
    return _reset(request)


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
    words = dialect(request.headers)
    if request.method == "GET" and words.listing in request.query:
        return web.Response(text=words.empty_listing, content_type="application/xml")
    return _refusal(request, _NOT_FOUND)


def _refusal(request: web.Request, status: int) -> web.Response:
    code = dialect(request.headers).codes[status]
    return web.Response(
        status=status,
        text=_ERROR_BODY.format(code),
        content_type="application/xml",
        headers={"x-ms-error-code": code},
    )
