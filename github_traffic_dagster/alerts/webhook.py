"""Post alerts to a webhook, in the form Slack takes, and Mattermost, Rocket.Chat and others too.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import requests
from pydantic import SecretStr

from github_traffic_dagster.alerts.alert import Alert
from github_traffic_dagster.alerts.channels import TIMEOUT, PassingError
from github_traffic_dagster.errors import UndeliveredError

_CHATTY: Final = ("urllib3", "urllib3.connectionpool", "urllib3.util.retry", "urllib3.response")
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE: Final = frozenset({401, 403, 404, 410})


class Webhook:
    """A webhook, whose address is as good as a password: it is never repeated.

    Args:
        address: http(s).
    """

    name = "webhook"

    def __init__(self, address: SecretStr) -> None:
        self._address = address

    def send(self, alert: Alert) -> str:
        """Post it.

        Returns:
            Nothing.

        Raises:
            PassingError: no connection, no answer, too many requests, a trouble of the server's.
            UndeliveredError: it is refused.
        """
        status = 0
        with _no_addresses_in_logs():
            try:
                with requests.post(
                    self._address.get_secret_value(),
                    json={"text": _escaped(alert.text)},
                    timeout=TIMEOUT,
                    # What is posted, and the key, are for this address alone.
                    allow_redirects=False,
                    # A body says nothing of use, and may come for hours, a byte every now and then.
                    stream=True,
                ) as answer:
                    status = answer.status_code
                trouble = _trouble(status)
            except requests.Timeout:
                trouble = f"the server did not answer within {TIMEOUT:.0f} seconds."
            except requests.exceptions.SSLError:
                trouble = (
                    "no encrypted connection can be made: is its certificate one that is trusted "
                    "here (REQUESTS_CA_BUNDLE)? See GITHUB_TRAFFIC_ALERT_WEBHOOK."
                )
            except (requests.RequestException, OSError, ValueError):
                # Their texts repeat the address.
                trouble = "the server can't be reached. See GITHUB_TRAFFIC_ALERT_WEBHOOK."
        if not trouble:
            return ""
        if status in _PASSING or not status:
            raise PassingError(trouble)
        raise UndeliveredError(trouble)


def _trouble(status: int) -> str:
    if status < 300:  # noqa: PLR2004
        return ""
    if status in _GONE:
        return (
            f"the server refuses it ({status}): the webhook may have been removed. Make a new one "
            "and set GITHUB_TRAFFIC_ALERT_WEBHOOK."
        )
    if status < 400:  # noqa: PLR2004
        return f"the server sends elsewhere ({status}). Set GITHUB_TRAFFIC_ALERT_WEBHOOK to there."
    return f"the server answered {status}."


def _escaped(text: str) -> str:
    """As Slack wants it; `<!channel>` in an error's text must wake nobody.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _OtherThreads(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._ours = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread != self._ours


@contextmanager
def _no_addresses_in_logs() -> Iterator[None]:
    """urllib3 logs the path of each request, in which the webhook's key stands."""
    quiet = _OtherThreads()
    loggers = [logging.getLogger(name) for name in _CHATTY]
    for logger in loggers:
        logger.addFilter(quiet)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(quiet)
