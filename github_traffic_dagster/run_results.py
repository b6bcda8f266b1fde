"""What a finished run says of itself, read from its events."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg

from github_traffic_dagster.assets.collection import ACCOUNTS, OUTCOMES
from github_traffic_dagster.assets.databricks_publication import DASHBOARD
from github_traffic_dagster.assets.databricks_publication import NAME as PUBLICATION
from github_traffic_dagster.assets.repos import EXPIRY
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import RAW, REPOS, TABLES

_OUR_ERRORS: Final = "github_traffic_dagster."
_CHECK_FAILED: Final = "DagsterAssetCheckFailedError"
_LONGEST_TEXT: Final = 600

TRAFFIC_ASSETS: Final[Mapping[str, str]] = {metric.value: RAW[metric].name for metric in Metric}


@dataclass(frozen=True, slots=True)
class Missed:
    """A repository that was not collected.

    Attributes:
        metrics: what was not collected of it; empty when it was never to be collected.
    """

    repository: str
    reason: str
    detail: str
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """An asset check that did not pass."""

    asset: str
    check: str
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class StepFailure:
    """A step that failed, in the failure's own words."""

    step: str
    text: str


@dataclass(frozen=True)
class RunResults:
    """A finished run.

    Attributes:
        materialized: metadata of each asset that was stored, by the asset's name; of one of the
            run's partitions, as what is told of the run is the same for all.
        collecting: the assets that ask GitHub for each repository, by what they ask for.
    """

    run_id: str
    succeeded: bool
    interrupted: bool
    materialized: Mapping[str, Mapping[str, Any]]
    findings: tuple[Finding, ...]
    failures: tuple[StepFailure, ...]
    collecting: Mapping[str, str]

    @property
    def to_collect(self) -> int:
        """Repositories that the run set out to collect."""
        return int(self._outcomes(REPOS.name).get("to_collect", 0))

    @property
    def left_out(self) -> list[Missed]:
        """Repositories without push access, or left out by the settings."""
        return [_missed(record) for record in self._outcomes(REPOS.name).get("missed", [])]

    @property
    def missed(self) -> list[Missed]:
        """Repositories that could not be collected, each once for each reason."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for label, asset in self.collecting.items():
            for record in self._outcomes(asset).get("missed", []):
                key = (record["repository"], record["reason"], record["detail"])
                found.setdefault(key, []).append(label)
        return [Missed(*key, metrics=tuple(metrics)) for key, metrics in found.items()]

    @property
    def collected(self) -> int | None:
        """Repositories collected completely; None when the run did not come to the end of it.

        The lists of missed repositories end at a hundred, their counts do not.
        """
        assets = self.collecting.values()
        counts = [self._number(asset, "repositories_not_collected") for asset in assets]
        if None in counts:
            return None
        listed = len({missed.repository for missed in self.missed})
        return self.to_collect - max(listed, *(count or 0 for count in counts))

    @property
    def token_expiry(self) -> str:
        """The warning of a token that expires soon, or nothing."""
        return str(self.materialized.get(REPOS.name, {}).get(EXPIRY) or "")

    @property
    def causes(self) -> list[str]:
        """Why the run failed: its failed steps, then checks that hold it up, a line for each."""
        failed = [f"{failure.step}: {failure.text}" for failure in self.failures]
        found = [
            f"{finding.asset}, {finding.check}: {finding.text}"
            for finding in self.findings
            if finding.severity == dg.AssetCheckSeverity.ERROR.value
        ]
        return failed + found

    @property
    def calls_made(self) -> int:
        """Requests the run made."""
        assets = (REPOS.name, *self.collecting.values())
        return sum(self._number(asset, "calls_made") or 0 for asset in assets)

    @property
    def calls_spent(self) -> int:
        """Those of them that cost something of GitHub's hourly budget."""
        assets = (REPOS.name, *self.collecting.values())
        return sum(self._number(asset, "calls_spent") or 0 for asset in assets)

    @property
    def budget_left(self) -> int | None:
        """Requests left in this hour after the run; None when GitHub told no limit."""
        left = [self._number(asset, "budget_left") for asset in self.collecting.values()]
        known = [number for number in left if number is not None]
        return min(known) if known else None

    @property
    def budgets(self) -> dict[str, int]:
        """Requests left in this hour by account, where several were asked."""
        left: dict[str, int] = {}
        for asset in self.collecting.values():
            accounts = self.materialized.get(asset, {}).get(ACCOUNTS)
            records = accounts.records if isinstance(accounts, dg.TableMetadataValue) else ()
            for record in records:
                told = record.data["budget_left"]
                if isinstance(told, int):
                    name = str(record.data["account"])
                    left[name] = min(told, left.get(name, told))
        return left

    @property
    def dashboard(self) -> str:
        """Where the dashboard is; empty where none is published."""
        value = self.materialized.get(PUBLICATION, {}).get(DASHBOARD)
        return str(value or "")

    def rows_stored(self) -> dict[str, tuple[int, int]]:
        """Rows added and rows changed, by table."""
        return {
            name: (self._number(name, "rows_added") or 0, self._number(name, "rows_changed") or 0)
            for name in self.materialized
            if name in TABLES
        }

    def _outcomes(self, asset: str) -> Mapping[str, Any]:
        return dict(self.materialized.get(asset, {}).get(OUTCOMES) or {})

    def _number(self, asset: str, name: str) -> int | None:
        value = self.materialized.get(asset, {}).get(name)
        return value if isinstance(value, int) else None


def read_results(
    instance: dg.DagsterInstance, run_id: str, collecting: Mapping[str, str] = TRAFFIC_ASSETS
) -> RunResults:
    """Gather what a finished run's events say.

    They are read from the instance: what a failing step stored all the same is only there.

    Args:
        instance: that the run ran on.
        run_id: the run.
        collecting: the assets that ask GitHub for each repository, by what they ask for.

    Raises:
        KeyError: the instance knows no such run.
    """
    run = instance.get_run_by_id(run_id)
    if run is None:
        raise KeyError(run_id)
    records = instance.get_records_for_run(run_id).records
    entries = (record.event_log_entry.dagster_event for record in records)
    events = [event for event in entries if event is not None]
    return RunResults(
        run_id=run_id,
        succeeded=run.is_success,
        interrupted=any(_interrupted(event) for event in events),
        materialized=_materialized(events),
        findings=tuple(_findings(events)),
        failures=tuple(_failures(events)),
        collecting=collecting,
    )


def own_words(error: Any) -> str:
    """An error without stack traces, wrappers and our class names.

    Args:
        error: Dagster's `SerializableErrorInfo`, or None.
    """
    chain = list(_chain(error))
    ours = [link for link in chain if link.message.startswith(_OUR_ERRORS)]
    if ours:
        text = ours[0].message.partition(": ")[2]
    elif chain:
        # The outermost is Dagster's own "Error occurred while executing op".
        text = chain[min(1, len(chain) - 1)].message
    else:
        text = "no reason was given"
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."


def _chain(error: Any) -> Iterator[Any]:
    while error is not None:
        yield error
        error = error.cause


def _missed(record: Mapping[str, str]) -> Missed:
    return Missed(record["repository"], record["reason"], record["detail"])


def _materialized(events: Iterable[dg.DagsterEvent]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION:
            materialization = event.step_materialization_data.materialization
            found[materialization.asset_key.to_user_string()] = {
                name: value.value for name, value in materialization.metadata.items()
            }
    return found


def _findings(events: Iterable[dg.DagsterEvent]) -> Iterator[Finding]:
    for event in events:
        if event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            continue
        evaluation = event.asset_check_evaluation_data
        if not evaluation.passed:
            yield Finding(
                asset=evaluation.asset_key.to_user_string(),
                check=evaluation.check_name,
                severity=evaluation.severity.value,
                text=evaluation.description or _offending(evaluation),
            )


def _offending(evaluation: dg.AssetCheckEvaluation) -> str:
    rows = evaluation.metadata.get("rows")
    return "" if rows is None else f"{rows.value} rows; see the check in the UI."


def _failures(events: Iterable[dg.DagsterEvent]) -> Iterator[StepFailure]:
    for event in events:
        if event.event_type is dg.DagsterEventType.STEP_FAILURE:
            data = event.step_failure_data
            if data.error is not None and data.error.cls_name == _CHECK_FAILED:
                continue  # told by the finding
            said = data.user_failure_data and data.user_failure_data.description
            yield StepFailure(event.step_key or "", said or own_words(data.error))
        elif event.event_type is dg.DagsterEventType.RUN_FAILURE:
            failed = event.job_failure_data
            if failed.first_step_failure_event is None:  # else it repeats that step's failure
                said = own_words(failed.error) if failed.error else event.message
                yield StepFailure("run", said or own_words(None))


def _interrupted(event: dg.DagsterEvent) -> bool:
    if event.event_type is dg.DagsterEventType.STEP_FAILURE:
        error = event.step_failure_data.error
    elif event.event_type is dg.DagsterEventType.RUN_FAILURE:
        error = event.job_failure_data.error
    else:
        return False
    name = dg.DagsterExecutionInterruptedError.__name__
    return any(link.cls_name == name for link in _chain(error))
