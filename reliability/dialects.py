"""How object stores say what the proxy says in their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Dialect:
    """A provider's words.

    Attributes:
        listing: the query parameter by which a request is one for a listing.
        empty_listing: the answer of a bucket or container without anything in it.
        codes: of errors, by HTTP status.
    """

    listing: str
    empty_listing: str
    codes: Mapping[int, str]


# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
S3: Final = Dialect(
    "list-type",
    '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>b</Name><KeyCount>0</KeyCount>'
    "<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>",
    {403: "AccessDenied", 404: "NoSuchKey", 500: "InternalError", 503: "SlowDown"},
)
# https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
AZURE: Final = Dialect(
    "comp",
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://a/" '
    'ContainerName="b"><MaxResults>5000</MaxResults><Blobs /><NextMarker /></EnumerationResults>',
    {403: "AuthorizationFailure", 404: "BlobNotFound", 500: "InternalError", 503: "ServerBusy"},
)


def dialect(headers: Mapping[str, str]) -> Dialect:
    """The dialect of a request, by its headers: only Azure's name a version of the protocol."""
    return AZURE if "x-ms-version" in headers else S3
