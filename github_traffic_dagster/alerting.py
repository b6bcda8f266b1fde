"""What is to be told, read from the tables and the Dagster instance, and told once.

The daemon's sensors and the command line both come here. What was told is remembered in the
instance's own key-value storage (where Dagster keeps its cursors), so that one does not repeat
what the other said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import dagster as dg
import polars as pl

from github_traffic_dagster.alerts.alert import (
    ACCOUNTS,
    FAILURE,
    RISK,
    TOKEN,
    Alert,
    fingerprint,
)
from github_traffic_dagster.alerts.channels import Delivery, deliver
from github_traffic_dagster.alerts.gap_risk import Situation, at_stake, gap_risk, last_looks
from github_traffic_dagster.alerts.told import Told
from github_traffic_dagster.assets.collection import OUTCOMES
from github_traffic_dagster.assets.days import DayRange, today
from github_traffic_dagster.assets.repos import EXPIRY, REACHED
from github_traffic_dagster.assets.verdicts import Scope, looks_in_time
from github_traffic_dagster.errors import StoreError
from github_traffic_dagster.github_api.outcomes import Reason
from github_traffic_dagster.io_manager import TrafficStore
from github_traffic_dagster.jobs import COLLECT_SNAPSHOTS, COLLECT_TRAFFIC
from github_traffic_dagster.run_results import read_results
from github_traffic_dagster.settings import Settings
from github_traffic_dagster.store.latest_answers import read_latest_looks
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.listings import latest_listing
from github_traffic_dagster.traffic.tables import RAW, REPOS
from github_traffic_dagster.traffic.window import utc_day

_KEY: Final = "github_traffic_alerts"
_LISTED_WITHIN: Final = timedelta(days=60)
_CAUSES_TOLD: Final = 5
_SOLVED: Final = {
    RISK: "Every repository is looked at in time again",
    TOKEN: "The token is good for two more weeks",
    ACCOUNTS: "All accounts can be collected again",
    FAILURE: "Runs succeed again",
}
_MEND: Final = (
    "To do: mend the cause; the next daily run collects what this one did not, or run now: "
    "github-traffic collect"
)
_MEND_SNAPSHOT: Final = (
    "What was stored is unharmed. To do: mend the cause, and before the day (UTC) ends run: "
    "github-traffic snapshots. The snapshot of a day gone by can't be made up for"
)
_UNTIL_THEN: Final = "To do: mend it; until then nothing new may be collected."
_LOST_DAYS: Final = "Days that were lost meanwhile: github-traffic coverage"


@dataclass(frozen=True)
class Findings:
    """What an evaluation found.

    Attributes:
        alerts: troubles that last.
        over: kinds of trouble of which nothing is left, surely.
    """

    alerts: tuple[Alert, ...] = ()
    over: tuple[str, ...] = ()

    def __add__(self, other: "Findings") -> "Findings":
        """Both."""
        return Findings(self.alerts + other.alerts, self.over + other.over)


def tell(
    instance: dg.DagsterInstance, settings: Settings, findings: Findings, now: datetime
) -> Delivery:
    """Send what was not told yet, or a day ago; what nobody could be told is due the next time.

    Args:
        instance: remembers what was told.
        settings: say where to.
        findings: what there is to tell.
        now: an aware time.
    """
    kinds = {alert.kind for alert in findings.alerts} | set(findings.over)
    told = _remembered(instance, kinds)
    due = [one for one in findings.alerts if told[one.kind].is_due(one.cause, now)]
    due += [_solved(kind) for kind in findings.over if told[kind].causes]
    delivery = deliver(due, settings.channels())
    for alert in delivery.delivered:
        after = Told() if alert.over else told[alert.kind].with_told(alert.cause, now)
        told[alert.kind] = after
    changed = {alert.kind for alert in delivery.delivered}
    _remember(instance, {kind: told[kind] for kind in changed})
    return delivery


def lasting_troubles(instance: dg.DagsterInstance, settings: Settings) -> Findings:
    """All that can be found without a run at hand.

    Raises:
        StoreError: the tables can't be read.
    """
    return at_risk(instance, settings) + token_and_accounts(instance, settings)


def at_risk(instance: dg.DagsterInstance, settings: Settings) -> Findings:
    """Days that will be lost, and whether runs succeed again.

    Reads the newest list of repositories and when each was looked at, no history.

    Raises:
        StoreError: the tables can't be read.
    """
    now = today()
    situation = _situation(instance, settings)
    alert = gap_risk(situation, now)
    over = (FAILURE,) if _runs_succeed_again(instance) else ()
    if alert is not None:
        run_id = _latest_run(instance, RAW[Metric.VIEWS].name)
        return Findings((_linked(alert, settings, run_id),), over)
    # Without any look there is no proof that all is well.
    return Findings((), over if situation.looks.is_empty() else (RISK, *over))


def token_and_accounts(instance: dg.DagsterInstance, settings: Settings) -> Findings:
    """What the latest list of repositories said of the token's end, and of accounts."""
    said = _latest_metadata(instance, REPOS.name)
    if said is None:
        return Findings()
    alerts, over = [], []
    for kind, entry, title in (
        (TOKEN, EXPIRY, "The token expires soon: nothing can be collected without it"),
        (ACCOUNTS, REACHED, "Some accounts can't be collected: their days will be lost"),
    ):
        text = str(said.get(entry) or "")
        if text:
            found = Alert(kind, title, (text,), cause=fingerprint(text))
            alerts.append(_linked(found, settings, _latest_run(instance, REPOS.name)))
        else:
            over.append(kind)
    return Findings(tuple(alerts), tuple(over))


def failed_run(instance: dg.DagsterInstance, settings: Settings, run_id: str) -> Findings:
    """A run that failed, and what it puts at risk."""
    causes = read_results(instance, run_id).causes
    title = f"A run failed ({run_id[:8]})"
    run = instance.get_run_by_id(run_id)
    job = run.job_name if run else ""
    advice = [_MEND_SNAPSHOT]
    if job != COLLECT_SNAPSHOTS:
        stake = _stake(instance, settings)
        advice = [f"What was stored is unharmed. {stake}", _MEND]
    cause = _failure_cause(job, " ".join(causes))
    alert = Alert(FAILURE, title, (*causes[:_CAUSES_TOLD], *advice), cause=cause)
    return Findings((_linked(alert, settings, run_id),))


def no_run(instance: dg.DagsterInstance, settings: Settings, text: str) -> Findings:
    """A collection that ended with an error outside of any run, and what that puts at risk."""
    title = "The collection ended with an error"
    cause = _failure_cause(COLLECT_TRAFFIC.name, text)
    alert = Alert(FAILURE, title, (text, _stake(instance, settings), _UNTIL_THEN), cause=cause)
    return Findings((_linked(alert, settings, None),))


def _stake(instance: dg.DagsterInstance, settings: Settings) -> str:
    try:
        return at_stake(_situation(instance, settings), today())
    except StoreError as error:
        return f"What is at stake can't be read: {error}"


def _situation(instance: dg.DagsterInstance, settings: Settings) -> Situation:
    store = TrafficStore(root_uri=settings.root)
    looks = {metric: read_latest_looks(store.latest_answers, metric) for metric in Metric}
    seen_at = pl.concat(looks.values())["observed_at"].max()
    newest = utc_day(seen_at) if isinstance(seen_at, datetime) else None
    # After months without a run, the newest list is months old.
    listings = store.scan(REPOS, first_day=(newest or today()) - _LISTED_WITHIN)
    listing = latest_listing(listings).collect(engine="streaming")
    outcomes = {metric: _outcomes(instance, metric) for metric in Metric}
    missed = [one for found in outcomes.values() for one in found.get("missed", [])]
    return Situation(
        # Where no look is remembered, nobody knows who is at risk.
        looks=last_looks(listing if newest else listing.clear(), looks),
        newest=newest,
        left_for_later=any(found.get("left_for_later") for found in outcomes.values()),
        reasons={
            one["repository"]: one["reason"]
            for one in missed
            if one["reason"] != Reason.OUT_OF_BUDGET.value
        },
        outlook=_outlook(store, outcomes),
    )


def _outcomes(instance: dg.DagsterInstance, metric: Metric) -> dict[str, Any]:
    metadata = _latest_metadata(instance, RAW[metric].name) or {}
    return dict(metadata.get(OUTCOMES) or {})


def _outlook(store: TrafficStore, outcomes: Mapping[Metric, dict[str, Any]]) -> tuple[str, ...]:
    """What a budget that does not reach for all will lose, in the words of the check."""
    said = []
    for metric, found in outcomes.items():
        now = DayRange(today(), today())
        scope = Scope(store=store, metric=metric, days=now, run_id="", outcomes=found or None)
        verdict = looks_in_time(scope)
        if not verdict.passed:
            said.append(f"{metric.value.capitalize()}: {verdict.text}")
    return tuple(said)


def _latest_metadata(instance: dg.DagsterInstance, asset: str) -> Mapping[str, Any] | None:
    event = instance.get_latest_materialization_event(dg.AssetKey(asset))
    found = event.asset_materialization if event else None
    return {name: value.value for name, value in found.metadata.items()} if found else None


def _latest_run(instance: dg.DagsterInstance, asset: str) -> str | None:
    event = instance.get_latest_materialization_event(dg.AssetKey(asset))
    return event.run_id if event else None


def _failure_cause(job: str, text: str) -> str:
    # Runs that somebody starts for some assets, as backfills do, all have a nameless job.
    return f"{COLLECT_TRAFFIC.name if job.startswith('__') else job}/{fingerprint(text)}"


def _runs_succeed_again(instance: dg.DagsterInstance) -> bool:
    """Each job of which a failure was told has succeeded since."""
    told = _remembered(instance, [FAILURE])[FAILURE].causes
    return bool(told) and all(
        _succeeded_since(instance, cause.partition("/")[0], at) for cause, at in told.items()
    )


def _succeeded_since(instance: dg.DagsterInstance, job: str, moment: datetime) -> bool:
    good = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS])
    records = instance.get_run_records(filters=good, limit=1)
    ended = records[0].end_time if records else None
    return ended is not None and ended > moment.timestamp()


def _linked(alert: Alert, settings: Settings, run_id: str | None) -> Alert:
    if not settings.ui_url or run_id is None:
        return alert
    return alert.with_link(f"{settings.ui_url}/runs/{run_id}")


def _solved(kind: str) -> Alert:
    lines = (_LOST_DAYS,) if kind in {RISK, FAILURE} else ()
    return Alert(kind, f"Solved: {_SOLVED[kind]}", lines, over=True)


def _remembered(instance: dg.DagsterInstance, kinds: Iterable[str]) -> dict[str, Told]:
    keys = {kind: f"{_KEY}/{kind}" for kind in kinds}
    stored = instance.daemon_cursor_storage.get_cursor_values(set(keys.values())) if keys else {}
    return {kind: Told.read(stored.get(key)) for kind, key in keys.items()}


def _remember(instance: dg.DagsterInstance, told: Mapping[str, Told]) -> None:
    if told:
        instance.daemon_cursor_storage.set_cursor_values(
            {f"{_KEY}/{kind}": one.write() for kind, one in told.items()}
        )


def in_words(delivery: Delivery) -> Sequence[str]:
    """What was sent and what could not be, for a log."""
    return [*(f"Told: {alert.title}" for alert in delivery.delivered), *delivery.troubles]
