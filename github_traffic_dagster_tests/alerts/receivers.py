"""Who gets alerts: a real web server and a real mail server, which behave as they are told."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import uvicorn
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

KEY = "T0Fz9/B0Qq1/theKeyOfTheWebhook42"
PASSWORD = "thePasswordOfTheMail"


@dataclass
class WebhookServer:
    """What was posted to it, and how it answers.

    Attributes:
        texts: of the messages it took.
        asked: how often it was asked.
        statuses: of the next answers; 200 when none is left.
        seconds: an answer takes.
        endless: the body of an answer never ends.
    """

    texts: list[str] = field(default_factory=list)
    asked: int = 0
    statuses: list[int] = field(default_factory=list)
    seconds: float = 0
    endless: bool = False
    port: int = 0
    encrypted: bool = False

    @property
    def url(self) -> str:
        return f"http{'s' * self.encrypted}://127.0.0.1:{self.port}/services/{KEY}"

    async def answer(self, request: Request) -> Response:
        self.asked += 1
        body = await request.json()
        await asyncio.sleep(self.seconds)
        status = self.statuses.pop(0) if self.statuses else 200
        if status < 300:
            assert set(body) == {"text"}
            self.texts.append(body["text"])
        # As an unkind server might: it repeats what it was sent.
        headers = {"location": f"{self.url}/elsewhere"} if 300 <= status < 400 else {}
        if self.endless:
            return StreamingResponse(_drops(), status)
        return PlainTextResponse(f"no {request.url}", status, headers)


async def _drops() -> AsyncIterator[bytes]:
    while True:
        yield b"."
        await asyncio.sleep(0.1)


@contextmanager
def webhook_server(certificate: Path | None = None) -> Iterator[WebhookServer]:
    """The server, at any free port; encrypted where there is a certificate with its key."""
    state = WebhookServer(encrypted=certificate is not None)
    application = Starlette(routes=[Route("/{path:path}", state.answer, methods=["POST"])])
    listener = socket.create_server(("127.0.0.1", 0))
    state.port = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            lifespan="off",
            ssl_certfile=certificate,
            ssl_keyfile=certificate,
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


@dataclass
class MailServer:
    """What it took, and what it refuses."""

    messages: list[Message] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    replies: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return f"550 no {address}, said {PASSWORD}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.replies:
            return self.replies.pop(0)
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        self.recipients.append(list(envelope.rcpt_tos))
        self.over_tls.append(session.ssl is not None)
        return "250 OK"

    def authenticate(self, _server: Any, _s: Any, _e: Any, _mechanism: str, data: Any) -> Any:
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password.decode() == PASSWORD, handled=False)


@contextmanager
def mail_server(
    *,
    host: str = "127.0.0.1",
    starttls: ssl.SSLContext | None = None,
    smtps: ssl.SSLContext | None = None,
) -> Iterator[MailServer]:
    """The server, at any free port of this machine."""
    state = MailServer()
    with socket.create_server((host, 0)) as free:
        state.port = free.getsockname()[1]
    controller = Controller(
        state,
        hostname=host,
        port=state.port,
        ssl_context=smtps,
        tls_context=starttls,
        authenticator=state.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield state
    finally:
        controller.stop()
