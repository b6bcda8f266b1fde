"""The pages are there in a checkout only, not in what is built from one."""

from github_traffic_dagster_tests.cli.conftest import program, server, world
from github_traffic_dagster_tests.docs.pages import DOCS

__all__ = ["program", "server", "world"]

collect_ignore_glob = [] if DOCS.is_dir() else ["test_*.py"]
