"""The folders and files of the command line: settings come from here, the instance lies here."""

import os
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import Final

from dotenv import load_dotenv

from github_traffic_dagster.errors import SettingError
from github_traffic_dagster.settings import Settings, load_settings

PROGRAM: Final = "github-traffic"
DAGSTER_YAML: Final = "dagster.yaml"
WORKSPACE_YAML: Final = "workspace.yaml"


def read_settings() -> Settings:
    """Read the settings, and let `.env` hold the object store's credentials as well.

    What is exported wins over `.env`, as in `settings`; Dagster itself has it the other way round.

    Raises:
        SettingError: one line that names each refused setting.
    """
    try:
        load_dotenv(Path(".env"), override=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f".env in the working folder can't be read ({_reason(error)}): "
            "expected a text of NAME=value lines in UTF-8"
        ) from None
    return load_settings()


def prepare_instance(settings: Settings) -> Path:
    """Make the Dagster instance's folder and point `DAGSTER_HOME` to it.

    A dagster.yaml or workspace.yaml that is there already is somebody's own and stays.

    Returns:
        The folder.

    Raises:
        SettingError: the folder can't be made or written to.
    """
    folder = settings.instance_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (DAGSTER_YAML, WORKSPACE_YAML):
            _write_unless_there(folder / name, packaged(name))
    except OSError as error:
        variable = "DAGSTER_HOME" if settings.dagster_home else "GITHUB_TRAFFIC_HOME"
        raise SettingError(
            f"{variable} can't be used: {folder} can't be written to ({_reason(error)}). "
            f"Expected {Settings.expected('dagster_home' if settings.dagster_home else 'home')}"
        ) from None
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def packaged(name: str) -> str:
    """The text of an instance file that comes with the package."""
    return (files("github_traffic_dagster") / "instance" / name).read_text(encoding="utf-8")


def command(*arguments: str) -> str:
    """What to type to run this program again, as it was started this time."""
    started = sys.argv[0]
    if Path(started).name != PROGRAM:
        started = f"{sys.executable} -m github_traffic_dagster.cli.app"
    elif found := shutil.which(PROGRAM):
        started = PROGRAM if Path(found).resolve() == Path(started).resolve() else started
    return " ".join([started, *arguments])


def _write_unless_there(path: Path, text: str) -> None:
    """Write a file whole or not at all; of two programs that do it at once, the first one wins."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else error.reason) or str(error)
