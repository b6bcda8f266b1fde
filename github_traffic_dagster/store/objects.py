"""The objects or files below a place, past Delta: what lies there, put, get.

obstore is the object store of delta-rs (https://docs.rs/object_store) for Python: it takes the
same options and reads the same environment, tells at once whether a key was there already, and
lets other threads run while it waits.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from github_traffic_dagster.store.place import RETRY_LIMITS, Place

_PREFIXES: Final = {"s3": "aws_", "abfss": "azure_", "az": "azure_", "gs": "google_"}
"""How each kind of store begins the names of its options and variables."""
_HTTP_OPTIONS: Final = (
    # Of https://docs.rs/object_store/latest/object_store/enum.ClientConfigKey.html, what a store
    # of one's own needs; obstore takes them apart from the others.
    "allow_http",
    "allow_invalid_certificates",
    "proxy_url",
    "proxy_ca_certificate",
    "proxy_excludes",
)


def objects(place: Place, *, timeout: str = RETRY_LIMITS["timeout"]) -> ObjectStore:
    """What lies at `place`; a local folder is made where there is none.

    Args:
        place: where.
        timeout: for one request with all it carries, as "10s".
    """
    path = place.local_path
    if path:
        return LocalStore(path, mkdir=True)
    scheme = place.uri.partition("://")[0]
    prefix = _PREFIXES[scheme]
    given = {name.lower(): value for name, value in place.options.items()}
    bare = {name: name.removeprefix(prefix) for name in given}
    http = {bare[name]: value for name, value in given.items() if bare[name] in _HTTP_OPTIONS}
    config = {
        name: value
        for name, value in given.items()
        if bare[name] not in http and bare[name] not in RETRY_LIMITS
    }
    # Its types are one overload for each provider.
    connect: Callable[..., ObjectStore] = from_url
    return connect(
        place.uri,
        config=config,
        client_options={
            "timeout": timeout,
            "connect_timeout": RETRY_LIMITS["connect_timeout"],
            **_from_environment(prefix),
            **http,
        },
        retry_config={
            "max_retries": int(RETRY_LIMITS["max_retries"]),
            "retry_timeout": timedelta(seconds=float(RETRY_LIMITS["retry_timeout"].rstrip("s"))),
        },
    )


def names_below(place: Place) -> list[str]:
    """The names of the files and folders directly below a place, sorted; none where none is."""
    path = place.local_path
    if path:
        return sorted(entry.name for entry in path.iterdir()) if path.exists() else []
    found = obstore.list_with_delimiter(objects(place))
    paths = [*found["common_prefixes"], *(entry["path"] for entry in found["objects"])]
    # A console that makes folders leaves an object without a name of its own.
    return sorted(filter(None, (path.rstrip("/").rpartition("/")[2] for path in paths)))


def _from_environment(prefix: str) -> dict[str, str]:
    given = {name: os.environ.get(f"{prefix}{name}".upper()) for name in _HTTP_OPTIONS}
    return {name: value for name, value in given.items() if value}
