"""`github-traffic`, but for GitHub's points a minute: to see what 50,000 repositories cost us.

A token may ask for 900 windows a minute, so that 50,000 repositories take it two hours. Whether
memory stays flat shows in minutes without that limit. Not for GitHub itself.
"""

import sys

from github_traffic_dagster.github_api import access, limits

_ENDLESS = 10**9


def main() -> None:
    """Run the command with the arguments of this program."""
    access.POINTS_PER_MINUTE = limits.POINTS_PER_MINUTE = _ENDLESS
    access.Access.__dataclass_fields__["points_per_minute"].default = _ENDLESS
    access.Access.__init__.__defaults__ = tuple(
        _ENDLESS if default == 900 else default  # noqa: PLR2004 - GitHub's limit
        for default in access.Access.__init__.__defaults__ or ()
    )
    from github_traffic_dagster.cli.app import main as run  # noqa: PLC0415 - after the change

    sys.argv[0] = "github-traffic"
    run()


if __name__ == "__main__":
    main()
