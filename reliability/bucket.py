"""A bucket as its server holds it: what lies below a prefix, and copies of it."""

from typing import Any, Final

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from reliability.emulators import BUCKET, ObjectStore

Listing = dict[str, str]
"""Key below a prefix, and a hash of the object's bytes (S3's ETag)."""

_PATIENCE: Final = Config(retries={"max_attempts": 3}, max_pool_connections=8)


class Bucket:
    """The emulator's bucket, spoken to directly."""

    def __init__(self, store: ObjectStore) -> None:
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=store.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - an emulator's
            region_name="us-east-1",
            config=_PATIENCE,
        )

    def listing(self, prefix: str) -> Listing:
        """Everything below `prefix`."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Prefix=f"{prefix}/"
        )
        return {
            found["Key"].removeprefix(f"{prefix}/"): found["ETag"]
            for page in pages
            for found in page.get("Contents", [])
        }

    def copy(self, source: str, target: str) -> None:
        """Copy everything below a prefix to another."""
        for name in self.listing(source):
            self._client.copy_object(
                Bucket=BUCKET,
                Key=f"{target}/{name}",
                CopySource={"Bucket": BUCKET, "Key": f"{source}/{name}"},
            )

    def delete(self, prefix: str) -> None:
        """Delete everything below a prefix."""
        keys = [{"Key": f"{prefix}/{name}"} for name in self.listing(prefix)]
        for start in range(0, len(keys), 1000):
            batch = {"Objects": keys[start : start + 1000], "Quiet": True}
            self._client.delete_objects(Bucket=BUCKET, Delete=batch)
