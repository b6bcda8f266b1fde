"""The daemon's alerts: a run failed, days are at risk, the token expires.

They are part of the code location only where somebody is to be alerted. Settings are read at each
tick, so that no address with a key is part of the definitions.
"""

from datetime import UTC, datetime
from typing import Final

import dagster as dg

from github_traffic_dagster.alerting import (
    Findings,
    at_risk,
    failed_run,
    in_words,
    tell,
    token_and_accounts,
)
from github_traffic_dagster.settings import Settings, load_settings

AN_HOUR: Final = 3600
_RETRIED: Final = "dagster/will_retry"
"""Set by Dagster on a run that crashed and is started again: the last one's failure counts."""


def alert_sensors() -> list[dg.SensorDefinition]:
    """The three sensors, on by default."""
    return [_run_failure(), _gap_risk(), _token_expiry()]


def _run_failure() -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="alert_run_failure",
        description="Tell of runs that failed, why, and what is lost by when.",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def alert_run_failure(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        if run.tags.get(_RETRIED) == "true":
            return
        settings = load_settings()
        _tell(context, settings, failed_run(context.instance, settings, run.run_id))

    return alert_run_failure


def _gap_risk() -> dg.SensorDefinition:
    @dg.sensor(
        name="alert_gap_risk",
        description="Tell of repositories nobody looked at for so long that days will be lost, "
        "also when nothing runs at all.",
        minimum_interval_seconds=AN_HOUR,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def alert_gap_risk(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        settings = load_settings()
        return _tell(context, settings, at_risk(context.instance, settings))

    return alert_gap_risk


def _token_expiry() -> dg.SensorDefinition:
    @dg.sensor(
        name="alert_token_expiry",
        description="Tell of a token that expires within two weeks, and of accounts that can't be "
        "collected, as the latest run found them.",
        minimum_interval_seconds=AN_HOUR,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def alert_token_expiry(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        settings = load_settings()
        return _tell(context, settings, token_and_accounts(context.instance, settings))

    return alert_token_expiry


def _tell(
    context: dg.SensorEvaluationContext | dg.RunFailureSensorContext,
    settings: Settings,
    findings: Findings,
) -> dg.SkipReason:
    delivery = tell(context.instance, settings, findings, datetime.now(UTC))
    for trouble in delivery.troubles:
        context.log.warning(trouble)
    return dg.SkipReason(" ".join(in_words(delivery)) or "There is nothing new to tell.")
