"""What a user can set about what is asked for besides traffic, read with all other settings."""

import re
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode

from github_traffic_dagster.traffic.answers import Snapshot

_WORD: Final = re.compile(r"[^,\s]+")


class OptionalLooksSettings(BaseSettings):
    """The part of the settings that switches further requests on. By default there are none.

    Names of validators are shared with the class it is mixed into: one of the same name would take
    the other's place.
    """

    snapshots: Annotated[tuple[Snapshot, ...], NoDecode] = Field(
        default=(),
        description="what to keep besides that GitHub shows only today: referrers, paths, "
        "releases (downloads; Contents: read), comma-separated; empty: nothing",
        validation_alias="GITHUB_TRAFFIC_SNAPSHOTS",
    )
    automation: bool = Field(
        default=False,
        description="count the checkouts of workflow runs, to estimate the clones that are not "
        "your own CI's (Actions: read): true or false",
        validation_alias="GITHUB_TRAFFIC_AUTOMATION",
    )

    @field_validator("snapshots", mode="before")
    @classmethod
    def _looks_split(cls, value: object) -> object:
        return words(value)

    @field_validator("automation", mode="before")
    @classmethod
    def _looks_default(cls, value: object, info: ValidationInfo) -> object:
        return cls.model_fields[str(info.field_name)].default if value == "" else value


def words(value: object) -> object:
    """A comma-separated text as its words, each once; anything else as it is."""
    return tuple(dict.fromkeys(_WORD.findall(value))) if isinstance(value, str) else value
