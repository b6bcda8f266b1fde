"""Real object-store servers for tests, reached as a user reaches them: by the environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from reliability.emulators import AZURITE_ACCOUNT, AZURITE_KEY, BUCKET, ObjectStore


def forget_credentials(patch: pytest.MonkeyPatch) -> None:
    """Remove what the environment says of any provider."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "AZURE_", "GOOGLE_"))]:
        patch.delenv(name)


def s3_variables(url: str) -> dict[str, str]:
    """What a user of an S3 server at `url` sets."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }


def azure_variables() -> dict[str, str]:
    """What a user of Azurite sets."""
    return {"AZURE_STORAGE_ACCOUNT_KEY": AZURITE_KEY, "AZURE_STORAGE_USE_EMULATOR": "true"}


@contextmanager
def s3_folder(server: ObjectStore, patch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty place of the test's own in the bucket, with credentials in the environment."""
    forget_credentials(patch)
    for name, value in s3_variables(server.url).items():
        patch.setenv(name, value)
    yield f"s3://{BUCKET}/{uuid4().hex}"


@contextmanager
def azure_folder(server: ObjectStore, patch: pytest.MonkeyPatch) -> Iterator[str]:
    """The same in Azure Blob Storage."""
    forget_credentials(patch)
    patch.setenv("AZURITE_BLOB_STORAGE_URL", server.url)
    for name, value in azure_variables().items():
        patch.setenv(name, value)
    yield f"abfss://{BUCKET}@{AZURITE_ACCOUNT}.dfs.core.windows.net/{uuid4().hex}"
