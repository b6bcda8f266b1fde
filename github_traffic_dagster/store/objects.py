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


def objects(
    place: Place, *, timeout: str = RETRY_LIMITS["timeout"], make_folder: bool = True
) -> ObjectStore:
    """What lies at `place`.

    Args:
        place: where.
        timeout: for one request with all it carries, as "10s"; one in the place's options wins.
        make_folder: make a local folder where there is none.

    Raises:
        obstore.exceptions.BaseError: there is no such local folder, or it can't be read.
    """
    path = place.local_path
    if path:
        return LocalStore(path, mkdir=make_folder)
    prefix = _PREFIXES[place.uri.partition("://")[0]]
    given = {name.lower(): value for name, value in place.options.items()}
    bare = {name.removeprefix(prefix): value for name, value in given.items()}
    limits = {name: bare.get(name, limit) for name, limit in RETRY_LIMITS.items()}
    http = {name: bare[name] for name in _HTTP_OPTIONS if name in bare}
    apart = limits.keys() | http.keys()
    # Its types are one overload for each provider.
    connect: Callable[..., ObjectStore] = from_url
    return connect(
        place.uri,
        config={
            name: value for name, value in given.items() if name.removeprefix(prefix) not in apart
        },
        client_options={
            "timeout": bare.get("timeout", timeout),
            "connect_timeout": limits["connect_timeout"],
            **_from_environment(prefix),
            **http,
        },
        retry_config={
            "max_retries": int(limits["max_retries"]),
            "retry_timeout": _duration(limits["retry_timeout"]),
            "backoff": {
                "init_backoff": _duration(limits["backoff_config.init_backoff"]),
                "max_backoff": _duration(limits["backoff_config.max_backoff"]),
                "base": float(limits["backoff_config.base"]),
            },
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


def _duration(text: str) -> timedelta:
    """A duration as delta-rs takes it, "20s" or "200ms"."""
    if text.endswith("ms"):
        return timedelta(milliseconds=float(text.removesuffix("ms")))
    return timedelta(seconds=float(text.removesuffix("s")))


def _from_environment(prefix: str) -> dict[str, str]:
    given = {name: os.environ.get(f"{prefix}{name}".upper()) for name in _HTTP_OPTIONS}
    return {name: value for name, value in given.items() if value}
