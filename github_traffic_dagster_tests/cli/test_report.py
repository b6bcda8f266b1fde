"""`github-traffic report`, as a process."""

from pathlib import Path

import pytest

from github_traffic_dagster_tests.cli.program import Program, today


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program whose demo has collected once."""
    folder = tmp_path_factory.mktemp("report")
    program = Program(folder / "home", folder / "work")
    program.home.mkdir()
    program.working_folder.mkdir()
    # A real report's place is none for the demo.
    answer = program.run("collect", "--demo", GITHUB_TRAFFIC_REPORT=str(folder / "real-site"))
    assert answer.returncode == 0, answer.stderr
    assert not (folder / "real-site").exists()
    return program


def test_it_writes_one_file_and_says_where(collected: Program):
    answer = collected.run("report", "--demo")

    file = collected.working_folder / "github-traffic.html"
    views = collected.table("golden_views", collected.root / "demo")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert "Report of 11 repositories, " in answer.stdout
    assert f"...{today()} (UTC): {file} (0.5 MB)" in answer.stdout
    assert f"{views['count'].sum():,}" in file.read_text()


def test_everything_can_be_chosen(collected: Program, tmp_path: Path):
    events = tmp_path / "events.csv"
    events.write_text(
        f"date,repository,text\n{today()},octo-demo/hello-world,Version 9\n{today()},a/b,None\n"
    )
    arguments = [
        "--output",
        str(tmp_path / "site"),
        "--repository",
        "octo-demo/*",
        "--repository",
        "handbook",
        "--plotted",
        "1",
        "--private",
        "nowhere",
        "--events",
        str(events),
        "--badges",
        str(tmp_path / "site"),
        "--to",
        str(today()),
    ]
    answer = collected.run("report", "--demo", *arguments)

    assert answer.returncode == 0, answer.stderr
    page = (tmp_path / "site" / "index.html").read_text()
    assert "Report of 7 repositories" in answer.stdout
    assert "16 badges in" in answer.stdout
    assert "a/b" in answer.stderr
    assert "Version 9" in page
    assert page.count("<option") == 2
    assert "secret-plans" not in page
    assert (tmp_path / "site" / "badges" / "demo-labs" / "handbook" / "clones.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--repository", "nobody/*"], "nobody/*"),
        (["--events", "missing.csv"], "date,repository,text"),
        (["--from", "2026-01-02", "--to", "2026-01-01"], "lies after"),
        (["--from", "tomorrow"], "YYYY-MM-DD"),
        (["--output", "ftp://host/page.html"], "is no place"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    collected: Program, arguments: list[str], said: str
):
    answer = collected.run("report", "--demo", *arguments)

    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_before_anything_was_collected_it_says_how_to_begin(program: Program):
    answer = program.run("report")

    assert answer.returncode == 2
    assert "nothing to report" in answer.stderr
    assert "collect" in answer.stderr
    assert program.written() == []
    assert list(program.working_folder.iterdir()) == []
