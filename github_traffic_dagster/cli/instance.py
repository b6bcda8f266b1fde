"""The Dagster instance that runs of the command line are kept in."""

import os
import textwrap
from typing import Final

import dagster as dg
import yaml
from dagster._core.instance import InstanceRef
from sqlalchemy.exc import SQLAlchemyError

from github_traffic_dagster.cli.home import DAGSTER_YAML
from github_traffic_dagster.errors import SettingError

_LONGEST_REASON: Final = 300

_NO_CAPTURE: Final = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
}


def open_instance() -> dg.DagsterInstance:
    """The instance in `DAGSTER_HOME`; its dagster.yaml may be a user's own.

    Its capture of steps' output is left out: it would take the terminal away from the progress, and
    the processes that serve it die of Ctrl-C with stack traces.

    Raises:
        SettingError: it can't be opened.
    """
    folder = os.environ["DAGSTER_HOME"]
    try:
        return dg.DagsterInstance.from_ref(InstanceRef.from_dir(folder, overrides=_NO_CAPTURE))
    except (dg.DagsterError, SQLAlchemyError, yaml.YAMLError, OSError) as error:
        raise SettingError(
            f"The Dagster instance in {folder} can't be opened; see its {DAGSTER_YAML}. "
            f"{textwrap.shorten(str(error), _LONGEST_REASON, placeholder='...')}"
        ) from None
