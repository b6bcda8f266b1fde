"""`import-history` as a user types it."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from github_traffic_dagster.cli.app import run
from github_traffic_dagster.cli.import_history import FORMATS
from github_traffic_dagster.demo_github.server import GitHubServer
from github_traffic_dagster.demo_github.world import World
from github_traffic_dagster.history.formats import Format
from github_traffic_dagster.history_start import FILE_NAME
from github_traffic_dagster_tests.cli.program import TOKEN, Program, today
from github_traffic_dagster_tests.history import foreign_files as foreign
from github_traffic_dagster_tests.history.foreign_files import Day

OLD = date(2024, 5, 6)


@dataclass
class Shell:
    """Commands run in this process, which is quick."""

    home: Path
    patch: pytest.MonkeyPatch
    output: pytest.CaptureFixture[str]

    def run(self, *arguments: str, **settings: str) -> tuple[int, str, str]:
        with self.patch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("GITHUB_", "DAGSTER_"))]:
                patch.delenv(name)
            for name, value in ({"GITHUB_TRAFFIC_HOME": str(self.home)} | settings).items():
                patch.setenv(name, value)
            code = run(["import-history", *arguments])
        said = self.output.readouterr()
        return code, said.out, said.err

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_delta(str(self.home / "store" / "github_traffic" / name))


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return Shell(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def github(world: World) -> Iterator[dict[str, str]]:
    """Settings that lead to a GitHub with octo/alpha, octo/beta and octo/gamma."""
    with GitHubServer(world) as server:
        yield {"GITHUB_API_URL": server.url, "GITHUB_TOKEN": TOKEN}


def gghstats(*days: Day) -> str:
    return str(foreign.gghstats_db(Path("gghstats.db").absolute(), days))


def test_the_dry_run_says_what_would_be_done_and_changes_nothing(
    shell: Shell, github: dict[str, str]
) -> None:
    path = gghstats(Day("octo/alpha", OLD, 1_234, 5), Day("octo/nobody", OLD, 3, 1))
    code, out, _ = shell.run(path, "--owner", "octo", **github)
    assert code == 0
    assert "History of gghstats" in out
    assert "octo/alpha" in out
    assert str(OLD) in out
    assert "octo/nobody (1 rows): not visible: GitHub answered 404" in out
    assert "Nothing was changed" in out
    assert f"import-history {path} --owner octo --apply" in out
    assert not shell.home.exists()


def test_apply_adds_it_and_moves_the_start_and_again_changes_nothing(
    shell: Shell, github: dict[str, str]
) -> None:
    note = shell.home / "dagster_home" / FILE_NAME
    note.parent.mkdir(parents=True)
    note.write_text(f"{today()}\n")
    path = gghstats(Day("octo/alpha", OLD, 5, 2))
    code, out, _ = shell.run(path, "--apply", **github)
    assert code == 0
    assert "golden_views: 1 rows added, 0 changed" in out
    assert f"The history begins at {OLD} now (before: {today()})" in out
    assert note.read_text().strip() == str(OLD)
    assert shell.table("golden_views")["count"].to_list() == [5]

    code, out, _ = shell.run(path, "--apply", **github)
    assert code == 0
    assert "raw_views: 0 rows added, 0 changed" in out
    assert "history begins" not in out


def test_json_is_all_there_is_on_stdout(shell: Shell, github: dict[str, str]) -> None:
    shell.run(gghstats(Day("octo/alpha", OLD, 5, 2)), "--apply", **github)
    more = foreign.plain_csv(
        Path("more.csv"),
        "repository,day,views,unique_visitors",
        f"octo/alpha,{OLD},9,1",
        f"octo/alpha,{OLD + timedelta(days=1)},3,3",
        f"octo/nobody,{OLD},3,3",
    )
    code, out, _ = shell.run(str(more), "--json", **github)
    assert code == 0
    told = json.loads(out)
    assert (told["applied"], told["formats"], told["first_day"]) == (False, ["csv"], str(OLD))
    [row] = told["repositories"]
    assert (row["full_name"], row["new"], row["rises"]) == ("octo/alpha", 1, 1)
    [conflict] = told["conflicts"]
    assert (conflict["count"], conflict["golden_count"], conflict["effect"]) == (9, 5, "rises")
    [nameless] = told["without_id"]
    assert (nameless["repository"], nameless["rows"]) == ("octo/nobody", 1)

    _, out, _ = shell.run(str(more), "--json", "--apply", **github)
    assert json.loads(out)["tables"]["golden_views"] == {"added": 1, "changed": 1}


def test_conflicts_are_told_with_what_golden_will_be(shell: Shell, github: dict[str, str]) -> None:
    shell.run(gghstats(Day("octo/alpha", OLD, 5, 2)), "--apply", **github)
    lines = [f"octo/alpha,{OLD},9,1", f"octo/alpha,{OLD},2,"]
    path = foreign.plain_csv(Path("a.csv"), "repository,day,views,unique_visitors", *lines)
    _, out, _ = shell.run(str(path), **github)
    assert f"octo/alpha views {OLD}: imported 9 (1 unique), golden 5 (2 unique): rises to 9" in out


@pytest.mark.parametrize("how", ["--apply", "--dry-run"])
def test_without_a_token_nothing_is_asked_and_the_unknown_are_listed(
    shell: Shell, how: str
) -> None:
    code, out, _ = shell.run(gghstats(Day("octo/alpha", OLD, 5, 2)), how)
    assert code == 1
    assert "There is nothing that can be imported." in out
    assert "set GITHUB_TOKEN" in out
    # Neither is it said to be done, nor is anybody invited to do it.
    assert out.endswith("Nothing was changed in " + str(shell.home / "store/github_traffic.\n"))


def test_a_token_that_is_refused_does_not_stop_what_needs_none(
    shell: Shell, github: dict[str, str]
) -> None:
    days = [Day("octo/alpha", OLD, 5, 2, repo_id=41)]
    path = str(foreign.ghstats_db(Path("ghstats.db"), days))
    code, out, _ = shell.run(
        path,
        gghstats(Day("octo/beta", OLD, 1, 1)),
        "--apply",
        **(github | {"GITHUB_TOKEN": "ghp_wrong"}),
    )
    assert code == 0
    assert "octo/beta (1 rows): GitHub" in out
    assert "ghp_wrong" not in out
    assert shell.table("golden_views")["repo_id"].to_list() == [41]


def test_the_owner_of_a_notebooks_bare_names_is_given(shell: Shell, github: dict[str, str]) -> None:
    days = [Day("octo/alpha", OLD, 5, 2)]
    foreign.notebook_tables(Path("warehouse"), [days, days])
    _, out, _ = shell.run("warehouse", **github)
    assert "alpha (1 rows): its owner is not named: --owner LOGIN says whose it is" in out
    code, _, _ = shell.run("warehouse", "--owner", "octo", "--apply", **github)
    assert code == 0
    assert shell.table("raw_views")["source"].to_list() == ["import:notebook"]


def test_a_state_of_the_tracker_is_imported_for_the_repository_given(
    shell: Shell, github: dict[str, str]
) -> None:
    path = foreign.tracker_json(Path("state.json"), [foreign.tracker_entry(OLD, views=9)])
    code, _, err = shell.run(str(path), **github)
    assert code == 1
    assert err.count("\n") == 1
    code, _, _ = shell.run(str(path), "--repository", "octo/alpha", "--apply", **github)
    assert code == 0
    assert shell.table("golden_views").select("full_name", "count", "uniques").row(0) == (
        "octo/alpha",
        9,
        None,
    )


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        ([], "Missing argument", 2),
        (["nowhere.csv"], "it does not exist", 1),
        (["ftp://host/x"], "is no place", 2),
        (["x.csv", "--format", "excel"], "'excel' is not one of", 2),
        (["x.csv", "--repository", "alpha"], "'alpha' is not OWNER/NAME", 2),
        (["x.csv", "--owner", "octo/alpha"], "is not an account's name", 2),
    ],
)
def test_mistakes_are_told_in_one_line(
    shell: Shell, arguments: list[str], says: str, code: int
) -> None:
    answered, out, err = shell.run(*arguments)
    assert (answered, out) == (code, "")
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_the_command_names_every_format() -> None:
    assert set(FORMATS) == {form.value for form in Format}


def test_the_demo_can_be_filled_as_well(program: Program) -> None:
    path = foreign.plain_csv(
        program.working_folder / "mine.csv",
        "repository,day,views,unique_visitors",
        f"octo-demo/hello-world,{OLD},41,7",
    )
    answer = program.run("import-history", str(path), "--apply", "--demo")
    assert answer.returncode == 0, answer.stderr
    assert program.table("golden_views", program.root / "demo")["count"].to_list() == [41]
