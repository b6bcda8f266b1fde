"""The simulated GitHub as a real HTTP server in a thread of this process."""

import asyncio
import socket
import threading
from collections import Counter
from typing import Self

import uvicorn

from github_traffic_dagster.demo_github.application import Application, SeenRequest
from github_traffic_dagster.demo_github.limits import Limits
from github_traffic_dagster.demo_github.wire import BreakableProtocol
from github_traffic_dagster.demo_github.world import World

GITHUBS_LIMITS = Limits()
_START_SECONDS = 10
_STOP_SECONDS = 1
# Longer than clients keep a connection idle: we never close one in the face of a request.
_KEEP_ALIVE_SECONDS = 75


class _PromptServer(uvicorn.Server):
    """A uvicorn that says when it is ready and stops when told.

    uvicorn itself looks ten times a second whether it should stop and takes two more looks at its
    connections: 0.3 s that a test suite with hundreds of servers pays hundreds of times.
    """

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.closing = closing
        self.loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.ready.set()
        await self.closing.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in self.servers:
            listener.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_STOP_SECONDS)
        # A closed transport tells its protocol in the loop's next round.
        await asyncio.sleep(0)

    def close(self) -> None:
        """Stop, from another thread."""
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.closing.set)


class GitHubServer:
    """Serves a world. Use it as a context manager or call `start` and `stop`, once.

    Args:
        world: what to answer from; may change while the server runs.
        limits: GitHub's own by default.
        latency: seconds every answer takes.
        port: 0 takes any free one.
    """

    def __init__(
        self,
        world: World,
        *,
        limits: Limits = GITHUBS_LIMITS,
        latency: float = 0.0,
        port: int = 0,
    ) -> None:
        self.world = world
        self._application = Application(world, limits, latency)
        self._port = port
        self._server: _PromptServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The API's base URL; with "/api/v3" appended it is that of a GitHub Enterprise."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[SeenRequest]:
        """Everything that was asked, in the order of the answers."""
        return self._application.requests

    @property
    def limits(self) -> Limits:
        """What is enforced; may be replaced at any time."""
        return self._application.gate.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._application.gate.limits = limits

    @property
    def latency(self) -> float:
        """Seconds every answer takes; may be changed at any time."""
        return self._application.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._application.latency = seconds

    @property
    def violations(self) -> Counter[str]:
        """Refused requests by limit: "concurrent", "points_per_minute", "hourly"."""
        return self._application.gate.violations

    @property
    def under_way(self) -> int:
        """Requests that wait for their answer now."""
        return self._application.gate.under_way

    @property
    def most_under_way(self) -> int:
        """The largest number of requests that were under way at once."""
        return self._application.gate.most_under_way

    def count(self, path_prefix: str) -> int:
        """How many requests so far asked for a path that begins with this."""
        return sum(seen.path.startswith(path_prefix) for seen in list(self.requests))

    def start(self) -> None:
        """Begin to serve; `url` is known and answers when this returns.

        Raises:
            OSError: the port is taken.
            RuntimeError: the server was started before, or did not come up.
        """
        if self._thread is not None:
            raise RuntimeError("a GitHubServer starts once: make another one for the same world")
        listener = socket.create_server(("127.0.0.1", self._port), backlog=1024)
        self._port = listener.getsockname()[1]
        # Connections inherit it. asyncio sets it only where the protocol is spelled out; without
        # it head and body of an answer meet Nagle's algorithm: 40 ms each, measured.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server = _PromptServer(self._configuration(), self._application.closing)
        self._thread = threading.Thread(
            target=asyncio.run,
            args=(self._server.serve(sockets=[listener]),),
            name="demo-github",
            daemon=True,
        )
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS):
            raise RuntimeError(f"the simulated GitHub did not come up at {self.url}")

    def _configuration(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._application,
            http=BreakableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )

    def stop(self) -> None:
        """End; requests that still wait for their answer get it at once."""
        if self._server is not None and self._thread is not None and self._thread.is_alive():
            self._server.close()
            self._thread.join()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop."""
        self.stop()
