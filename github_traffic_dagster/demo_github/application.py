"""The simulated GitHub as an ASGI application: limits, faults, common headers, the log of requests.

Source: https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api
"""

import asyncio
import contextlib
import hashlib
import itertools
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from github_traffic_dagster.demo_github.answers import Answer, Asked, Delivery
from github_traffic_dagster.demo_github.authentication import identify
from github_traffic_dagster.demo_github.callers import Caller
from github_traffic_dagster.demo_github.limits import LimitGate, Limits
from github_traffic_dagster.demo_github.representations import expiry_text
from github_traffic_dagster.demo_github.routes import answer, collected_repository
from github_traffic_dagster.demo_github.wire import deliver
from github_traffic_dagster.demo_github.world import World

ENTERPRISE_PREFIX = "/api/v3"
_FREE = "/rate_limit"
_POINTS_OF_A_WRITE = 5


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request and what became of it.

    Attributes:
        path: without the query and without an Enterprise prefix.
        query: as it was sent, without the question mark.
        status: what was answered; 0 when the connection was reset.
        login: whose token it carried; None when it was no good, or no user's. The token itself is
            not kept.
        account: whose limits it was charged to: a login, "app 7", "installation 5001"; None when
            the token was no good.
        at: the world's time when it was answered.
        enterprise: whether it came in below /api/v3.
    """

    method: str
    path: str
    query: str
    status: int
    login: str | None
    account: str | None
    at: datetime
    enterprise: bool


class Application:
    """Answers requests from a world. Lives on one event loop.

    Attributes:
        gate: the limits, and who tried to exceed them.
        latency: seconds every answer takes.
        requests: everything that was asked, in the order of the answers.
        closing: once set, whatever still waits is answered at once.
    """

    def __init__(self, world: World, limits: Limits, latency: float) -> None:
        self.world = world
        self.gate = LimitGate(limits)
        self.latency = latency
        self.requests: list[SeenRequest] = []
        self.closing = asyncio.Event()
        self._request_numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        request = Request(scope)
        token = _token(request)
        asked = self._asked(request, token)
        given = await self._answer_within_limits(asked)
        given = self._complete(given, asked, token, request.headers.get("if-none-match"))
        self._remember(request, asked, given)
        await deliver(given, scope, receive, send)

    def _asked(self, request: Request, token: str) -> Asked:
        caller = identify(self.world, token)
        hourly = caller.hourly if isinstance(caller, Caller) else None
        account = caller.account if isinstance(caller, Caller) else token
        prefix = ENTERPRISE_PREFIX if _is_enterprise(request) else ""
        return Asked(
            method=request.method,
            path=request.url.path.removeprefix(prefix),
            query=dict(request.query_params),
            base_url=f"{request.url.scheme}://{request.url.netloc}{prefix}",
            caller=caller,
            account=account,
            rate=self.gate.state(account, hourly),
        )

    async def _answer_within_limits(self, asked: Asked) -> Answer:
        points = 1 if asked.method in ("GET", "HEAD") else _POINTS_OF_A_WRITE
        if refused := self.gate.refuse(asked.account, counted=asked.path != _FREE, points=points):
            return refused
        with self.gate.passing(asked.account):
            await self._pause(self.latency)
            given = answer(self.world, asked)
            repository = collected_repository(self.world, asked.path)
            if fault := self.world.take_fault(asked.path, repository):
                given = fault.distort(given)
            await self._pause(given.delay)
        return given

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.closing.wait()

    def _complete(self, given: Answer, asked: Asked, token: str, known_etags: str | None) -> Answer:
        """The answer with the headers that all have; 304 when the client has it already.

        GitHub's ETags hold for one token only: github/docs#34689, eclipse-csi/otterdog#201.
        """
        given = replace(given, content=given.body)
        own = {name.lower(): value for name, value in given.headers.items()}
        if given.status == HTTPStatus.OK:
            own["etag"] = f'W/"{hashlib.sha256(token.encode() + given.body).hexdigest()}"'
            if given.delivery is Delivery.WHOLE and _matches(known_etags, own["etag"]):
                self.gate.refund(asked.account)
                given = replace(given, status=HTTPStatus.NOT_MODIFIED, content=b"")
        return replace(given, headers=self._common_headers(asked) | own)

    def _common_headers(self, asked: Asked) -> dict[str, str]:
        caller = asked.caller if isinstance(asked.caller, Caller) else None
        rate = self.gate.state(asked.account, caller.hourly if caller else None)
        expiry = expiry_text(caller.expires_at) if caller and caller.expires_at else None
        headers = {
            "content-type": "application/json; charset=utf-8",
            "date": format_datetime(self.world.clock.now(), usegmt=True),
            "cache-control": "private, max-age=60, s-maxage=60",
            "vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
            "x-github-media-type": "github.v3; format=json",
            "x-github-request-id": f"DE30:{next(self._request_numbers):08X}",
            "x-ratelimit-limit": str(rate.limit),
            "x-ratelimit-remaining": str(rate.remaining),
            "x-ratelimit-used": str(rate.used),
            "x-ratelimit-reset": str(rate.reset),
            "x-ratelimit-resource": "core",
        }
        return headers | ({"github-authentication-token-expiration": expiry} if expiry else {})

    def _remember(self, request: Request, asked: Asked, given: Answer) -> None:
        caller = asked.caller if isinstance(asked.caller, Caller) else None
        seen = SeenRequest(
            method=asked.method,
            path=asked.path,
            query=request.url.query,
            status=0 if given.delivery is Delivery.RESET else int(given.status),
            login=caller.login if caller else None,
            account=caller.account if caller else None,
            at=self.world.clock.now(),
            enterprise=_is_enterprise(request),
        )
        self.requests.append(seen)


def _is_enterprise(request: Request) -> bool:
    return request.url.path.startswith(f"{ENTERPRISE_PREFIX}/")


def _token(request: Request) -> str:
    """The token a request carries, after either of the words GitHub accepts; else nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else ""


def _matches(known_etags: str | None, etag: str) -> bool:
    """Whether If-None-Match names this ETag; W/ makes no difference (RFC 9110, 13.1.2)."""
    known = {text.strip().removeprefix("W/") for text in (known_etags or "").split(",")}
    return etag.removeprefix("W/") in known or "*" in known
