"""Where a table lies and how its storage is spoken to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

RETRY_LIMITS: Final[Mapping[str, str]] = {
    # The object store's own retries, capped: a hanging store otherwise takes three minutes to
    # show (measured 180.7 s on open by default, 20.3 s with these). Names of
    # https://docs.rs/object_store/latest/object_store/struct.RetryConfig.html
    "max_retries": "4",
    "retry_timeout": "20s",
    "timeout": "10s",
    "connect_timeout": "3s",
    "backoff_config.init_backoff": "200ms",
    "backoff_config.max_backoff": "2s",
    "backoff_config.base": "2",
}

_POLARS_RETRY_LIMITS: Final[Mapping[str, str | int]] = {
    "max_retries": 4,
    "retry_timeout_ms": 20_000,
    "retry_init_backoff_ms": 200,
    "retry_max_backoff_ms": 2_000,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A table's address.

    Attributes:
        uri: a local folder or an object-store URI (s3://, abfss://, gs://).
        options: storage options as delta-rs takes them; may hold secrets, so never shown.
        time_travel_days: how far back the table is kept readable as it was; None leaves what the
            table says (30 where it is new).
    """

    uri: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    time_travel_days: int | None = None

    @property
    def local_path(self) -> Path | None:
        """The folder on this machine, or None for an object store."""
        if self.uri.startswith("file://"):
            return Path(self.uri.removeprefix("file://"))
        return None if "://" in self.uri else Path(self.uri)

    @property
    def delta_options(self) -> dict[str, str]:
        """Options for delta-rs: what was given, with the retries capped."""
        return {} if self.local_path else {**RETRY_LIMITS, **self.options}

    @property
    def polars_options(self) -> dict[str, str | int] | None:
        """Options for polars' reader, laid over delta-rs' own: it wants some limits as numbers."""
        return None if self.local_path else dict(_POLARS_RETRY_LIMITS)
