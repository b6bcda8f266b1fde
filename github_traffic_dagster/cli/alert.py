"""`github-traffic alert`: look for what is about to be lost, or try whether alerts arrive."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from github_traffic_dagster.cli.home import prepare_instance, read_settings
from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.settings import Settings

if TYPE_CHECKING:
    from github_traffic_dagster.alerts.channels import Delivery


@click.command()
@click.option("--test", is_flag=True, help="Send a message that says nothing but that it arrived.")
def alert(*, test: bool) -> int:
    """Tell of days that will be lost, and of a token that expires: what the daemon does hourly.

    What was told within the last day is not told again. Exit code 1: it could not be sent.
    """
    settings = read_settings()
    if not settings.alerts_on:
        raise SettingError(
            "There is nobody to alert: set GITHUB_TRAFFIC_ALERT_WEBHOOK, or "
            "GITHUB_TRAFFIC_ALERT_EMAIL and GITHUB_TRAFFIC_SMTP_URL."
        )
    delivery = _test(settings) if test else _look(settings)
    for told in delivery.delivered:
        click.echo(told.text)
    for trouble in delivery.troubles:
        click.echo(trouble, err=True)
    if not delivery.delivered and not delivery.troubles:
        click.echo("There is nothing new to tell.")
    return int(bool(delivery.troubles))


def _test(settings: Settings) -> "Delivery":
    from github_traffic_dagster.alerts.alert import TEST, Alert  # noqa: PLC0415
    from github_traffic_dagster.alerts.channels import deliver  # noqa: PLC0415 - requests is slow

    lines = (
        "Nothing is wrong. Failed runs, days at risk and an expiring token are told here.",
        f"The tables: {settings.root}",
    )
    return deliver(
        [Alert(TEST, "A test of github-traffic's alerts", lines, link=settings.ui_url)],
        settings.channels(),
    )


def _look(settings: Settings) -> "Delivery":
    from github_traffic_dagster.alerting import lasting_troubles, tell  # noqa: PLC0415 - slow
    from github_traffic_dagster.cli.instance import open_instance  # noqa: PLC0415 - Dagster too

    prepare_instance(settings)
    with open_instance() as instance:
        return tell(instance, settings, lasting_troubles(instance, settings), datetime.now(UTC))
