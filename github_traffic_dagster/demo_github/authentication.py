"""From the token of a request to its caller, or to the refusal GitHub gives for it.

Sources:
https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import jwt
from jwt.types import Options

from github_traffic_dagster.demo_github.answers import Answer, refusal
from github_traffic_dagster.demo_github.callers import Caller
from github_traffic_dagster.demo_github.world import World

_LONGEST_JWT = timedelta(minutes=10)
_UNDECODED = "A JSON web token could not be decoded"
# The times are checked by the world's clock, not by this machine's.
_ONLY_THE_SIGNATURE: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


def identify(world: World, token: str) -> Caller | Answer:
    """Whose token it is; the refusal when it is no good."""
    with world.lock:
        if token.count(".") == 2:  # noqa: PLR2004 - header.claims.signature
            return _app(world, token)
        if known := world.token(token):
            return Caller(account=known.login, login=known.login, expires_at=known.expires_at)
        installation = world.apps.holder(token)
    if installation is None:
        return refusal(HTTPStatus.UNAUTHORIZED, "Bad credentials")
    if installation.suspended_at is not None:
        return refusal(HTTPStatus.FORBIDDEN, "This installation has been suspended")
    number = installation.installation_id
    return Caller(account=f"installation {number}", installation=installation)


def _app(world: World, token: str) -> Caller | Answer:
    """The App that signed a JWT."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return refusal(HTTPStatus.UNAUTHORIZED, _UNDECODED)
    issuer = str(claims.get("iss", ""))
    app = world.apps.apps.get(int(issuer)) if issuer.isdecimal() else None
    if app is None:
        return refusal(HTTPStatus.NOT_FOUND, "Integration not found")
    try:
        jwt.decode(token, app.public_key, algorithms=["RS256"], options=_ONLY_THE_SIGNATURE)
    except jwt.InvalidTokenError:
        return refusal(HTTPStatus.UNAUTHORIZED, _UNDECODED)
    if complaint := _complaint_about_times(world, claims):
        return refusal(HTTPStatus.UNAUTHORIZED, complaint)
    return Caller(account=f"app {app.app_id}", app=app)


def _complaint_about_times(world: World, claims: dict[str, Any]) -> str | None:
    """GitHub's words for a JWT from the future, of the past, or for longer than ten minutes."""
    now = world.clock.now().timestamp()
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or issued > now:
        return (
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion"
            " was issued"
        )
    if not isinstance(expires, int) or expires <= now:
        return (
            "'Expiration time' claim ('exp') must be a numeric value representing the future time"
            " at which the assertion expires"
        )
    if expires > now + _LONGEST_JWT.total_seconds():
        return "'Expiration time' claim ('exp') is too far in the future"
    return None
