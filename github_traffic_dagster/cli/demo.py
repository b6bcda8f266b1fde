"""`--demo`: a simulated GitHub in this process, and a home of its own for what comes from it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from github_traffic_dagster.cli.home import read_settings
from github_traffic_dagster.settings import Settings

NOTICE: Final = (
    "Demo: a simulated GitHub on this machine. Its repositories and numbers are invented; "
    "nothing is asked of github.com."
)

_NOT_OF_THE_DEMO: Final = (
    "GITHUB_TRAFFIC_ACCOUNTS",
    "GITHUB_TRAFFIC_INCLUDE",
    "GITHUB_TRAFFIC_EXCLUDE",
    "GITHUB_APP_ID",
    "GITHUB_APP_PRIVATE_KEY",
    "GITHUB_APP_PRIVATE_KEY_FILE",
    "GITHUB_TRAFFIC_CATALOG",
    "GITHUB_TRAFFIC_ALERT_WEBHOOK",
    "GITHUB_TRAFFIC_ALERT_EMAIL",
    "GITHUB_TRAFFIC_REPORT",
    "GITHUB_TRAFFIC_REPORT_EVENTS",
)


def use_demo_home(settings: Settings) -> None:
    """Move store and Dagster instance below `<home>/demo`, so that no real data meet the demo's.

    What selects real repositories is emptied, for it would leave none of the demo's, and so is an
    App: the demo has a token. Nothing of it is published, nobody is alerted of invented losses, and
    its report takes no place of a real one.
    """
    home = settings.home / "demo"
    os.environ["GITHUB_TRAFFIC_HOME"] = str(home)
    os.environ["GITHUB_TRAFFIC_STORE"] = str(home / "store")
    os.environ["DAGSTER_HOME"] = str(home / "dagster_home")
    os.environ.update(dict.fromkeys(_NOT_OF_THE_DEMO, ""))


def chosen_settings(*, demo: bool) -> Settings:
    """The settings of a command that works on what was stored: the user's own, or the demo's."""
    settings = read_settings()
    if not demo:
        return settings
    use_demo_home(settings)
    return read_settings()


@contextmanager
def demo_github() -> Iterator[None]:
    """Serve the demo's GitHub while the block runs; the environment leads to it."""
    from github_traffic_dagster.demo_github.demo_world import (  # noqa: PLC0415 - a web server
        DEMO_TOKEN,
        demo_world,
    )
    from github_traffic_dagster.demo_github.server import (  # noqa: PLC0415 - is slow to import
        GitHubServer,
    )

    with GitHubServer(demo_world()) as server:
        os.environ["GITHUB_API_URL"] = server.url
        os.environ["GITHUB_TOKEN"] = DEMO_TOKEN
        # A company's proxy can't reach this machine's own addresses.
        for name in ("NO_PROXY", "no_proxy"):
            others = os.environ.get(name)
            os.environ[name] = f"{others},127.0.0.1" if others else "127.0.0.1"
        yield
