"""Alerts arrive, attempts are bounded, and no channel ever repeats its secrets."""

import datetime as dt
import ipaddress
import logging
import socket
import ssl
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from github_traffic_dagster.alerts.alert import RISK, Alert
from github_traffic_dagster.alerts.channels import ATTEMPTS, Channel, Delivery, deliver
from github_traffic_dagster.alerts.mail import Mail
from github_traffic_dagster.alerts.webhook import Webhook
from github_traffic_dagster.errors import UndeliveredError
from github_traffic_dagster_tests.alerts.receivers import (
    KEY,
    PASSWORD,
    MailServer,
    WebhookServer,
    mail_server,
    webhook_server,
)

ALERT = Alert(RISK, "Days will be lost", ("octo/alpha: by 2026-12-01",), "https://ui/runs/1")
OTHER = Alert(RISK, "Another", ())
SENDER, HERS, HIS = "traffic@example.org", "her@example.org", "his@example.org"

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture(autouse=True)
def no_secret_in_any_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happens in a test of this file, and although everything is logged."""
    with caplog.at_level(logging.DEBUG):
        yield
    ours = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.name.partition(".")[0] not in {"uvicorn", "mail"}  # the servers' own
    ]
    logged = " ".join(ours)
    assert KEY.rpartition("/")[2] not in logged
    assert PASSWORD not in logged


def by_web(server: WebhookServer, *alerts: Alert) -> Delivery:
    return without_secrets(deliver(alerts or [ALERT], [Webhook(SecretStr(server.url))]))


def by_mail(server: MailServer, *, user: str = "", host: str = "127.0.0.1", scheme: str = "smtp"):
    url = f"{scheme}://{user}{host}:{server.port}"
    return without_secrets(deliver([ALERT], [Mail(SecretStr(url), SENDER, [HERS, HIS])]))


def without_secrets(delivery: Delivery) -> Delivery:
    for text in delivery.troubles:
        assert KEY.rpartition("/")[2] not in text
        assert PASSWORD not in text
    return delivery


def test_a_webhook_gets_the_text_as_slack_takes_it(web: WebhookServer) -> None:
    delivery = by_web(web)

    assert web.texts == ["Days will be lost\nocto/alpha: by 2026-12-01\nhttps://ui/runs/1"]
    assert (delivery.delivered, delivery.troubles) == ([ALERT], [])


def test_an_errors_text_wakes_nobody(web: WebhookServer) -> None:
    by_web(web, Alert(RISK, "GitHub said <!channel> & more", ()))

    assert web.texts == ["GitHub said &lt;!channel&gt; &amp; more"]


def test_long_texts_are_cut_and_line_breaks_in_them_removed(web: WebhookServer) -> None:
    by_web(web, Alert(RISK, "a\nb", ("x" * 50_000,)))

    title, line = web.texts[0].splitlines()
    assert title == "a b"
    assert len(line) < 4000


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_trouble_is_tried_again(web: WebhookServer, status: int) -> None:
    web.statuses = [status]

    assert by_web(web).delivered == [ALERT]
    assert web.asked == 2


def test_attempts_end(web: WebhookServer) -> None:
    web.statuses = [500] * 99

    delivery = by_web(web, ALERT, OTHER)

    assert delivery.delivered == []
    assert delivery.troubles == ["No alert by webhook: the server answered 500."]
    assert web.asked == ATTEMPTS


@pytest.mark.parametrize(
    ("status", "said"), [(404, "removed"), (403, "removed"), (302, "elsewhere"), (400, "400")]
)
def test_what_another_attempt_would_not_mend_is_tried_once(
    web: WebhookServer, status: int, said: str
) -> None:
    web.statuses = [status]

    (trouble,) = by_web(web).troubles

    assert said in trouble
    assert web.asked == 1


def test_a_silent_server_is_given_up(web: WebhookServer) -> None:
    web.seconds = 2

    (trouble,) = by_web(web).troubles

    assert "did not answer" in trouble
    assert web.asked == ATTEMPTS


def test_an_answer_whose_body_never_ends_is_an_answer(web: WebhookServer) -> None:
    web.endless = True

    assert by_web(web).delivered == [ALERT]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://no.such.host.invalid"])
def test_a_server_that_is_not_there(address: str) -> None:
    hook = Webhook(SecretStr(f"{address}/services/{KEY}"))

    (trouble,) = without_secrets(deliver([ALERT], [hook])).troubles

    assert "can't be reached. See GITHUB_TRAFFIC_ALERT_WEBHOOK" in trouble


def test_a_channel_that_fails_does_not_hold_up_the_other(
    web: WebhookServer, post: MailServer
) -> None:
    web.statuses = [500] * 99
    mail = Mail(SecretStr(f"smtp://127.0.0.1:{post.port}"), SENDER, [HERS])

    delivery = deliver([ALERT, OTHER], [Webhook(SecretStr(web.url)), mail])

    assert delivery.delivered == [ALERT, OTHER]
    assert len(delivery.troubles) == 1
    assert len(post.messages) == 2


def test_an_email_is_plain_text_from_a_machine_to_all(post: MailServer) -> None:
    assert by_mail(post).delivered == [ALERT]

    (message,) = post.messages
    assert message["Subject"] == "[github-traffic] Days will be lost"
    assert (message["From"], message["To"]) == (SENDER, f"{HERS}, {HIS}")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"]
    assert message["Message-ID"]
    assert message.get_content_type() == "text/plain"
    assert str(message.get_payload()).split() == ALERT.text.split()
    assert post.recipients == [[HERS, HIS]]


def test_a_mail_server_takes_user_and_password(post: MailServer) -> None:
    assert by_mail(post, user=f"a%40b.org:{PASSWORD}@").delivered == [ALERT]
    assert post.logins == ["a@b.org"]


def test_a_wrong_password_is_said_without_it(post: MailServer) -> None:
    (trouble,) = by_mail(post, user="me:another-thePasswordOfTheMail@").troubles

    assert "refuses user or password (535)" in trouble
    assert "GITHUB_TRAFFIC_SMTP_URL" in trouble
    assert post.messages == []


def test_an_address_that_is_refused_is_named_and_the_others_get_it_once(post: MailServer) -> None:
    post.refused = {HIS}

    delivery = by_mail(post)

    assert delivery.delivered == [ALERT]
    assert f"refuses the address {HIS}" in delivery.troubles[0]
    assert post.recipients == [[HERS]]


def test_no_address_is_taken(post: MailServer) -> None:
    post.refused = {HERS, HIS}

    delivery = by_mail(post)

    assert delivery.delivered == []
    assert f"refuses the address {HERS}, {HIS}" in delivery.troubles[0]


def test_a_mail_server_that_is_busy_is_tried_again(post: MailServer) -> None:
    post.replies = ["451 later", "452 later"]

    assert by_mail(post).delivered == [ALERT]


def test_a_mail_server_that_refuses_for_good_is_tried_once(post: MailServer) -> None:
    post.replies = [f"554 no {PASSWORD}"] * 2

    assert "refuses it (554)" in by_mail(post).troubles[0]
    assert len(post.replies) == 1


def test_a_mail_server_that_is_not_there_or_silent() -> None:
    gone = MailServer(port=9)
    assert "can't be reached" in by_mail(gone).troubles[0]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = MailServer(port=silent.getsockname()[1])
        assert "does not answer" in by_mail(mute).troubles[0]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate that nobody vouches for but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = dt.datetime.now(dt.UTC)
    addresses = [x509.IPAddress(ipaddress.ip_address(f"127.0.0.{n}")) for n in (1, 2)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mail.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


# Another machine, as far as one machine can be: all of 127.0.0.0/8 is its own.
ELSEWHERE = "127.0.0.2"


def test_a_password_goes_to_no_other_machine_unencrypted() -> None:
    with mail_server(host=ELSEWHERE) as server:
        (trouble,) = by_mail(server, user=f"me:{PASSWORD}@", host=ELSEWHERE).troubles

        assert "offers no encryption" in trouble
        assert (server.logins, server.messages) == ([], [])
        assert by_mail(server, host=ELSEWHERE).delivered == [ALERT], "no password to keep"


def test_encryption_that_is_offered_is_used(
    certificate: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, file = certificate
    with mail_server(host=ELSEWHERE, starttls=context) as server:
        (trouble,) = by_mail(server, user=f"me:{PASSWORD}@", host=ELSEWHERE).troubles
        assert "certificate can't be trusted" in trouble
        assert server.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert by_mail(server, user=f"me:{PASSWORD}@", host=ELSEWHERE).delivered == [ALERT]
        assert server.over_tls == [True]


def test_a_server_may_be_encrypted_from_the_start(
    certificate: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, file = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with mail_server(smtps=context) as server:
        assert by_mail(server, user=f"me:{PASSWORD}@", scheme="smtps").delivered == [ALERT]
        assert server.logins == ["me"]


def test_a_webhook_whose_certificate_is_unknown_gets_nothing(
    certificate: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, file = certificate
    with webhook_server(file) as server:
        (trouble,) = by_web(server).troubles
        assert "REQUESTS_CA_BUNDLE" in trouble
        assert server.texts == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
        assert by_web(server).delivered == [ALERT]


def test_no_secret_is_in_an_errors_chain(web: WebhookServer, post: MailServer) -> None:
    web.statuses = [500]
    post.refused = {HERS, HIS}
    mail = f"smtp://me:{PASSWORD}"
    channels: list[Channel] = [
        Webhook(SecretStr(web.url)),
        Webhook(SecretStr(f"http://127.0.0.1:9/services/{KEY}")),
        Webhook(SecretStr(f"https://127.0.0.1:{web.port}/services/{KEY}")),
        Mail(SecretStr(f"{mail}@127.0.0.1:9"), SENDER, [HERS]),
        Mail(SecretStr(f"{mail}@127.0.0.1:{post.port}"), SENDER, [HERS, HIS]),
        Mail(SecretStr(f"{mail}%40wrong@127.0.0.1:{post.port}"), SENDER, [HERS]),
        Mail(SecretStr(f"{mail}@127.0.0.1:99999"), SENDER, [HERS]),
    ]
    for channel in channels:
        with pytest.raises(UndeliveredError) as caught:
            channel.send(ALERT)
        # What Dagster would store of it.
        told = "".join(traceback.format_exception(caught.value))
        assert KEY.rpartition("/")[2] not in told
        assert PASSWORD not in told
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)
