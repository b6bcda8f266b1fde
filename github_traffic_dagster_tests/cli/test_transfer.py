"""`export` and `import` as a user types them."""

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from github_traffic_dagster.cli.app import run
from github_traffic_dagster.history_start import FILE_NAME
from github_traffic_dagster.io_manager import table_places
from github_traffic_dagster.store.appending import append
from github_traffic_dagster.store.opening import open_or_create
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.store.reading import scan
from github_traffic_dagster.store.transfer.opening import open_export
from github_traffic_dagster.traffic.answers import Metric
from github_traffic_dagster.traffic.tables import RAW, TABLES
from github_traffic_dagster_tests.cli.program import today
from github_traffic_dagster_tests.traffic.rows import raw_frame, raw_row

OLDEST = today() - timedelta(days=400)


@dataclass
class Answer:
    """What a command said, and its exit code."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Machine:
    """One user's machine; commands run in this process, which is quick."""

    home: Path
    patch: pytest.MonkeyPatch
    output: pytest.CaptureFixture[str]

    def run(self, *arguments: str, **settings: str) -> Answer:
        with self.patch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("GITHUB_", "DAGSTER_"))]:
                patch.delenv(name)
            for name, value in ({"GITHUB_TRAFFIC_HOME": str(self.home)} | settings).items():
                patch.setenv(name, value)
            code = run(arguments)
        said = self.output.readouterr()
        return Answer(code, said.out, said.err)

    def rows(self, name: str) -> int:
        place = table_places(str(self.home / "store"))[name]
        return scan(place, TABLES[name]).collect().height


@pytest.fixture
def machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Machine:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return Machine(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def stored(machine: Machine) -> Machine:
    """With two observations, one of them older than anything GitHub serves."""
    table = RAW[Metric.VIEWS]
    frame = raw_frame(raw_row(OLDEST), raw_row(today()))
    append(table_places(str(machine.home / "store"))[table.name], table, frame, run_id="run-1")
    return machine


@pytest.fixture
def elsewhere(machine: Machine, tmp_path: Path) -> Machine:
    """Another machine, whose history begins today."""
    home = tmp_path / "elsewhere"
    (home / "dagster_home").mkdir(parents=True)
    (home / "dagster_home" / FILE_NAME).write_text(f"{today()}\n")
    return replace(machine, home=home)


def test_a_store_moves_to_another_home_and_its_history_begins_earlier_there(
    stored: Machine, elsewhere: Machine
) -> None:
    exported = stored.run("export", "backup", "--format", "csv")
    assert exported.code == 0, exported.stderr
    assert "raw_views" in exported.stdout
    assert Path("backup", "raw_views", f"{OLDEST:%Y-%m}.csv").exists()

    looked = elsewhere.run("import", "backup")
    assert looked.code == 0, looked.stderr
    assert "whole and undamaged" in looked.stdout
    assert "Nothing was changed" in looked.stdout
    assert "--apply" in looked.stdout
    assert not (elsewhere.home / "store").exists()

    done = elsewhere.run("import", "backup", "--apply")
    assert done.code == 0, done.stderr
    assert f"The history begins at {OLDEST} now (before: {today()})" in done.stdout
    note = elsewhere.home / "dagster_home" / FILE_NAME
    assert note.read_text().strip() == str(OLDEST)
    assert elsewhere.rows("raw_views") == 2
    # Golden is built from raw although it was not there to be exported.
    assert elsewhere.rows("golden_views") == 2

    again = elsewhere.run("import", "backup", "--apply")
    assert again.code == 0, again.stderr
    assert "history begins" not in again.stdout


def test_a_start_that_is_set_is_not_overruled_but_told(stored: Machine, elsewhere: Machine) -> None:
    stored.run("export", "backup", "--tables", "raw_views")
    done = elsewhere.run("import", "backup", "--apply", GITHUB_TRAFFIC_START_DATE=str(today()))
    assert done.code == 0, done.stderr
    assert f"set it to {OLDEST}" in done.stdout


def test_only_the_tables_asked_for_are_exported(stored: Machine) -> None:
    repos = TABLES["repos"]
    open_or_create(table_places(str(stored.home / "store"))[repos.name], repos, Period.YEAR)
    exported = stored.run("export", "backup", "--tables", "repos, raw_views,repos")
    assert exported.code == 0, exported.stderr
    manifest = open_export(Place(str(Path("backup").absolute()))).manifest
    assert list(manifest.tables) == ["repos", "raw_views"]


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (["export", "ftp://host/backup"], "is no place", 2),
        (["import", "s3://"], "is no place", 2),
        (["export", "backup", "--tables", "stars"], "--tables names stars", 2),
        (["export", "backup", "--format", "xml"], "'xml' is not one of", 2),
        (["export", "."], "holds files already", 1),
        (["import", "nowhere"], "no whole export", 1),
    ],
)
def test_mistakes_are_told_in_one_line(
    stored: Machine, arguments: list[str], says: str, code: int
) -> None:
    Path("notes.txt").write_text("mine")
    answer = stored.run(*arguments)
    assert answer.code == code
    assert says in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_nothing_collected_is_nothing_to_export(machine: Machine) -> None:
    answer = machine.run("export", "backup")
    assert answer.code == 1
    assert "nothing to export" in answer.stderr
    assert not Path("backup").exists()
    assert not machine.home.exists()
