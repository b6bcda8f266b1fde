"""How an answer goes out: whole, cut short, or not at all because the connection is reset."""

import asyncio
import socket
import struct
from typing import Any, cast

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from github_traffic_dagster.demo_github.answers import Answer, Delivery

_TRANSPORT = "demo_github.transport"


class BreakableProtocol(H11Protocol):
    """HTTP/1.1 that also hands the connection to the application, which ASGI itself never does."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let every request on this connection know its transport."""
        super().connection_made(transport)
        inner = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope[_TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = with_transport


async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Send `answer` in the way it is to arrive."""
    transport = cast("asyncio.Transport", scope[_TRANSPORT])
    if answer.delivery is Delivery.RESET:
        _reset(transport)
        await _until_disconnected(receive)
        return
    body = answer.body
    response = Response(body, status_code=answer.status, headers=dict(answer.headers))
    if answer.delivery is Delivery.WHOLE:
        await response(scope, receive, send)
        return
    start: Message = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": response.raw_headers,
    }
    await send(start)
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    transport.close()
    await _until_disconnected(receive)


def _reset(transport: asyncio.Transport) -> None:
    """Close so that the client gets a reset: no lingering, unsent data thrown away."""
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _until_disconnected(receive: Receive) -> None:
    """Wait for the connection to be gone: else uvicorn would answer in our place."""
    while (await receive())["type"] != "http.disconnect":
        pass
