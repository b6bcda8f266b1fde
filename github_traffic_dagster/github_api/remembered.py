"""An earlier answer of GitHub's, by which it can say that nothing has changed.

Source:
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remembered:
    """What GitHub answered, and its name for it.

    A 304 means that it would say the same now: a look like any other, and free of the hourly
    budget.

    Attributes:
        etag: GitHub's ETag, as it was sent.
        body: the answer as JSON text.
    """

    etag: str
    body: str
