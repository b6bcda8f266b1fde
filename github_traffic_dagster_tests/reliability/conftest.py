"""Servers for the sample of what `python -m reliability` tries in full."""

from collections.abc import Iterator

import pytest

from reliability.emulators import ObjectStore, moto


@pytest.fixture(scope="session")
def s3() -> Iterator[ObjectStore]:
    """S3 as moto plays it, with an empty bucket."""
    with moto() as store:
        yield store
