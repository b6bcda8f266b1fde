"""Refuse stores and options with which two writers at once could overwrite each other's commit.

A commit is safe because the object store creates a log entry only where none is: `PUT` with
`If-None-Match: *` (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html;
Azure and Google always could). It needs no lock table. What delta-rs 1.6.6 does with options from
the time before was tried: see each reason.
"""

import os
from contextlib import suppress
from typing import Final
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError

from github_traffic_dagster.errors import SettingError, StoreError
from github_traffic_dagster.store.objects import objects
from github_traffic_dagster.store.place import Place

_NO_CONDITION: Final = "without conditional put no commit can be made safely, and none is made"
_UNSAFE_RENAME: Final = (
    "it asks for commits that overwrite each other; this release would ignore it, other writers "
    "of the same tables would not"
)
_LOCK_TABLE: Final = (
    "delta-rs no longer takes locks in DynamoDB, so a writer that relies on them would not be kept "
    "apart from this one"
)
_REASONS: Final = {
    "aws_conditional_put": _NO_CONDITION,
    "conditional_put": _NO_CONDITION,
    "aws_s3_allow_unsafe_rename": _UNSAFE_RENAME,
    "allow_unsafe_rename": _UNSAFE_RENAME,
    "aws_s3_locking_provider": _LOCK_TABLE,
}
"""Options and variables, which delta-rs takes in any case, and what is wrong with them."""
_OFF: Final = frozenset({"", "0", "false", "no", "off", "none"})


def refuse_unsafe_options(place: Place) -> None:
    """Look at the options and the environment, before anything is opened.

    Raises:
        SettingError: names the option, why it is refused and what to do.
    """
    if not place.uri.startswith("s3"):
        return
    for name, value in (*place.options.items(), *os.environ.items()):
        reason = _REASONS.get(name.lower())
        if reason is None or _is_harmless(reason, value.strip().lower()):
            continue
        raise SettingError(
            f"{name} can't be used with {place.uri}: {reason}. Unset it: S3 has conditional put "
            "by itself, and nothing else is needed. Nothing was written."
        )


def prove_put_if_absent(place: Place) -> None:
    """Try, beside a table that is about to be created, that a key is not written a second time.

    Some servers that speak S3 ignore the condition: of 13 writers at once, whose commits they
    all confirmed, 10 were lost (s3rver 3.7.1).

    Raises:
        StoreError: the store overwrites; nothing but a trial of one byte was written.
    """
    if place.local_path:
        return
    parent = place.uri.rstrip("/").rpartition("/")[0]
    store = objects(Place(parent, place.options))
    trial = f".put_if_absent_{uuid4().hex}"
    try:
        # "Already there" of a key nobody knows is the store's answer to a repetition whose first
        # try was written, so it proves the same.
        with suppress(AlreadyExistsError):
            obstore.put(store, trial, b"1", mode="create")
            obstore.put(store, trial, b"2", mode="create")
            raise StoreError(
                f"The object store at {parent} can't hold the tables: it ignores the condition "
                "(If-None-Match) by which two runs at once are kept from overwriting each other's "
                "commits. Nothing was stored. Choose another GITHUB_TRAFFIC_STORE, or a release "
                "of this server that has conditional writes."
            )
    finally:
        # Where deleting is forbidden, one byte stays.
        with suppress(BaseError, OSError):
            obstore.delete(store, trial)


def _is_harmless(reason: str, value: str) -> bool:
    return value == "etag" if reason is _NO_CONDITION else value in _OFF
