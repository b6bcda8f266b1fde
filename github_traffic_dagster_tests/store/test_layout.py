from datetime import date

import polars as pl
import pytest
from deltalake import DeltaTable

from github_traffic_dagster.store.layout import (
    delta_schema,
    stored_columns,
    with_period,
)
from github_traffic_dagster.store.opening import open_or_create
from github_traffic_dagster.store.periods import Period
from github_traffic_dagster.store.place import Place
from github_traffic_dagster.traffic.tables import TABLES, Table
from github_traffic_dagster_tests.traffic.rows import raw_frame, raw_row

every_table = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)


@every_table
def test_a_table_is_created_empty_with_what_it_is_and_what_its_columns_mean(
    place: Place, table: Table
) -> None:
    opened = open_or_create(place, table, Period.YEAR)
    metadata = opened.metadata()
    assert (metadata.name, metadata.description) == (table.name, table.grain)
    assert metadata.partition_columns == ["period"]
    comments = {field.name: field.metadata["comment"] for field in opened.schema().fields}
    assert comments == {column.name: column.comment for column in stored_columns(table)}
    assert opened.file_uris() == []


@every_table
def test_a_table_is_created_with_its_retention_and_its_format(place: Place, table: Table) -> None:
    configuration = open_or_create(place, table, Period.YEAR).metadata().configuration
    assert configuration["github_traffic.format"] == "1"
    assert configuration["github_traffic.period"] == "year"
    assert configuration["delta.checkpointInterval"] == "10"
    assert configuration["delta.logRetentionDuration"] == "interval 31 days"
    assert configuration["delta.deletedFileRetentionDuration"] == "interval 30 days"
    append_only = configuration.get("delta.appendOnly") == "true"
    assert append_only == table.name.startswith("raw_")


@every_table
def test_every_reader_of_the_first_protocol_can_read_a_new_table(
    place: Place, table: Table
) -> None:
    protocol = open_or_create(place, table, Period.YEAR).protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)


@every_table
def test_columns_of_the_key_hold_no_null_and_all_others_may(place: Place, table: Table) -> None:
    fields = open_or_create(place, table, Period.YEAR).schema().fields
    assert {field.name for field in fields if not field.nullable} == set(table.key)


def test_opening_what_is_there_already_writes_nothing(place: Place) -> None:
    table = TABLES["repos"]
    open_or_create(place, table, Period.YEAR)
    assert open_or_create(place, table, Period.YEAR).version() == 0
    assert len(DeltaTable(place.uri).history()) == 1


def test_columns_keep_their_order_and_the_period_stands_last() -> None:
    table = TABLES["golden_views"]
    names = [field.name for field in delta_schema(table).fields]
    assert names == [*table.schema.names(), "period"]


def test_a_row_lies_in_the_period_of_its_day() -> None:
    days = [date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1)]
    frame = raw_frame(*(raw_row(day) for day in days))
    by_year = with_period(frame, Period.YEAR)["period"]
    assert by_year.to_list() == [date(2024, 1, 1), date(2026, 1, 1), date(2027, 1, 1)]
    by_month = with_period(frame, Period.MONTH)["period"]
    assert by_month.to_list() == [date(2024, 2, 1), date(2026, 12, 1), date(2027, 1, 1)]
    assert by_year.dtype == by_month.dtype == pl.Date
