"""Refusals in the form of the API (https://docs.databricks.com/api/workspace/introduction)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse


@dataclass
class RefusalError(Exception):
    """An answer that is no success."""

    status: int
    error_code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> JSONResponse:
        content = {"error_code": self.error_code, "message": self.message}
        return JSONResponse(content, self.status, dict(self.headers))


def invalid(message: str) -> RefusalError:
    return RefusalError(400, "INVALID_PARAMETER_VALUE", message)


def missing(message: str) -> RefusalError:
    return RefusalError(404, "RESOURCE_DOES_NOT_EXIST", message)


async def body_of(request: Request, known: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """The request's JSON object; fields that the documentation does not know are refused.

    The real API ignores unknown fields, which would hide our mistakes.
    """
    try:
        body = json.loads(await request.body() or b"{}")
    except json.JSONDecodeError:
        raise RefusalError(400, "MALFORMED_REQUEST", "Invalid JSON given in the body") from None
    if not isinstance(body, dict):
        raise RefusalError(400, "MALFORMED_REQUEST", "The body is no JSON object")
    if unknown := sorted(body.keys() - known.keys()):
        raise invalid(f"Unknown fields: {', '.join(unknown)}")
    for name, kind in known.items():
        if name in body and not isinstance(body[name], kind):
            raise invalid(f"{name} is of the wrong type")
    return body
