"""Days as a command line names them."""

import re
from datetime import UTC, date, datetime

import click


def traffic_day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """A traffic day (UTC) that is not in the future."""
    if value is None:
        return None
    try:
        # Other forms of ISO 8601, which Python takes as well, are nobody's intention here.
        day = date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else None
    except ValueError:
        day = None
    if day is None:
        raise click.BadParameter(
            f"{value!r} is no day: expected YYYY-MM-DD, as 2026-11-24", ctx, param
        )
    if day > (today := datetime.now(UTC).date()):
        raise click.BadParameter(f"{day} lies in the future: today is {today} (UTC)", ctx, param)
    return day
