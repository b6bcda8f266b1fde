"""What a user can set about the report, read with all other settings by `settings`."""

from enum import StrEnum
from typing import Final

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from github_traffic_dagster.store.locations import location

PLOTTED: Final = 20
MOST_PLOTTED: Final = 500


class Private(StrEnum):
    """Where private repositories appear, by name and by number."""

    PAGE = "page"
    EVERYWHERE = "everywhere"
    NOWHERE = "nowhere"


class ReportSettings(BaseSettings):
    """The part of the settings that is about the report.

    Names of validators are shared with the class it is mixed into: one of the same name would take
    the other's place.
    """

    report: str = Field(
        default="",
        description="where every run writes the report (index.html) and badges: a folder or a "
        "place as in GITHUB_TRAFFIC_STORE; empty: nowhere",
        validation_alias="GITHUB_TRAFFIC_REPORT",
    )
    report_private: Private = Field(
        default=Private.PAGE,
        description="where private repositories appear: page (not in badges), everywhere or "
        "nowhere",
        validation_alias="GITHUB_TRAFFIC_REPORT_PRIVATE",
    )
    report_plotted: int = Field(
        default=PLOTTED,
        ge=0,
        le=MOST_PLOTTED,
        description="repositories with plots of their own in the report, those with most views, "
        "0 to 500; all are in its table",
        validation_alias="GITHUB_TRAFFIC_REPORT_PLOTTED",
    )
    report_events: str = Field(
        default="",
        description="a CSV file of events to mark on the plots: date,repository,text",
        validation_alias="GITHUB_TRAFFIC_REPORT_EVENTS",
    )

    @field_validator("report_private", "report_plotted", mode="before")
    @classmethod
    def _report_default(cls, value: object, info: ValidationInfo) -> object:
        return cls.model_fields[str(info.field_name)].default if value == "" else value

    @field_validator("report", "report_events")
    @classmethod
    def _report_location(cls, place: str) -> str:
        return location(place) if place else ""
