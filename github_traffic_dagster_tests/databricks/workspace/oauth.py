"""Tokens for service principals.

https://docs.databricks.com/dev-tools/auth/oauth-m2m.html
"""

import base64
import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class OAuth:
    """Service principals, and the tokens that were made for them.

    Attributes:
        secrets: by client id.
        tokens: personal ones and those that were made here; these alone are let in.
    """

    def __init__(self, tokens: set[str]) -> None:
        self.secrets: dict[str, str] = {}
        self.tokens = tokens

    def routes(self) -> list[Route]:
        return [
            Route("/oidc/.well-known/oauth-authorization-server", self._endpoints),
            Route("/oidc/v1/token", self._token, methods=["POST"]),
        ]

    async def _endpoints(self, request: Request) -> Response:
        base = f"{request.url.scheme}://{request.url.netloc}/oidc/v1"
        return JSONResponse(
            {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token"}
        )

    async def _token(self, request: Request) -> Response:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        client_id, _, secret = base64.b64decode(given).decode().partition(":")
        form = (await request.body()).decode()
        if "grant_type=client_credentials" not in form or "scope=all-apis" not in form:
            return JSONResponse({"error": "invalid_request", "error_description": form}, 400)
        if scheme != "Basic" or not secret or self.secrets.get(client_id) != secret:
            content = {
                "error": "invalid_client",
                "error_description": f"Client authentication failed for {client_id}:{secret}",
            }
            return JSONResponse(content, 401)
        token = f"eyJ{uuid.uuid4().hex}.{uuid.uuid4().hex}.{uuid.uuid4().hex}"
        self.tokens.add(token)
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 3600})
