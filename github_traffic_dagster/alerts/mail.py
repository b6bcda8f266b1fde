"""Send alerts as e-mail, in plain text.

Where the server offers encryption it is used, with its certificate checked; a password goes
nowhere without. A relay on this machine needs neither.
https://docs.python.org/3/library/smtplib.html
"""

import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from github_traffic_dagster.alerts.alert import Alert
from github_traffic_dagster.alerts.channels import TIMEOUT, PassingError
from github_traffic_dagster.errors import UndeliveredError

_PORTS: Final = {"smtp": 587, "smtps": 465}
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1"})
_FOR_GOOD: Final = 500
_SEE: Final = "See GITHUB_TRAFFIC_SMTP_URL."


class Mail:
    """A mail server, and whom to write to.

    Args:
        url: smtp(s)://USER:PASSWORD@HOST:PORT; a secret.
        sender: address.
        recipients: addresses.
    """

    name = "e-mail"

    def __init__(self, url: SecretStr, sender: str, recipients: Sequence[str]) -> None:
        self._url = url
        self._sender = sender
        self._recipients = tuple(recipients)

    def send(self, alert: Alert) -> str:
        """Send it to all recipients.

        Returns:
            Which of them the server refused; mostly nothing.

        Raises:
            PassingError: no connection, or the server has a trouble of its own.
            UndeliveredError: it refuses the message, all recipients, or the password.
        """
        refused: Mapping[str, Any] = {}
        trouble = None
        try:
            with self._connected() as server:
                refused = server.send_message(self._message(alert))
        except UndeliveredError:
            raise
        except (OSError, ValueError) as error:  # SMTP's own are OSErrors
            trouble = _in_our_words(error)
        if trouble:
            raise trouble
        return _refused(refused) if refused else ""

    def _message(self, alert: Alert) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = f"[github-traffic] {' '.join(alert.title.split())}"
        message["From"] = self._sender
        message["To"] = ", ".join(self._recipients)
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain="github-traffic.invalid")
        # No answers by machines: https://www.rfc-editor.org/rfc/rfc3834
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{alert.text}\n")
        return message

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        parts = urlsplit(self._url.get_secret_value())
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        trusted = ssl.create_default_context()
        server: smtplib.SMTP = (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=trusted)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=TIMEOUT)
        )
        try:
            if parts.scheme == "smtp" and host not in _THIS_MACHINE:
                _encrypt(server, trusted, needed=bool(parts.username))
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server
            with suppress(OSError):
                server.quit()
        finally:
            server.close()


def _encrypt(server: smtplib.SMTP, trusted: ssl.SSLContext, *, needed: bool) -> None:
    server.ehlo_or_helo_if_needed()
    if server.has_extn("starttls"):
        server.starttls(context=trusted)
    elif needed:
        raise UndeliveredError(
            "the server offers no encryption, so that the password was not sent. Use smtps:// in "
            "GITHUB_TRAFFIC_SMTP_URL, or leave user and password out."
        )


def _in_our_words(error: Exception) -> UndeliveredError:
    """What went wrong. Texts of servers are not repeated: they may repeat what they were sent."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return UndeliveredError(_refused(error.recipients))
    if isinstance(error, smtplib.SMTPResponseException):
        what = "user or password" if isinstance(error, smtplib.SMTPAuthenticationError) else "it"
        kind = PassingError if error.smtp_code < _FOR_GOOD else UndeliveredError
        return kind(f"the server refuses {what} ({error.smtp_code}). {_SEE}")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return UndeliveredError(f"the server takes no password, or not these addresses. {_SEE}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return UndeliveredError(f"the server's certificate can't be trusted. {_SEE}")
    return PassingError(f"the server can't be reached, or does not answer. {_SEE}")


def _refused(recipients: Mapping[str, Any]) -> str:
    return (
        f"the server refuses the address {', '.join(sorted(recipients))}. "
        "See GITHUB_TRAFFIC_ALERT_EMAIL."
    )
