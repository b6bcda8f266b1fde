"""What can go wrong with one request, as this folder's own exceptions.

They never leave `github_api`: `translation` turns each into an `Outcome` or into an error of the
public family. Their texts are already free of the token.
"""


class TroubleError(Exception):
    """One request came to nothing. The text is what a user may read as an outcome's detail."""


class PassingTroubleError(TroubleError):
    """Asking again may help."""


class TimedOutError(PassingTroubleError):
    """GitHub was silent for longer than the time allowed."""


class ServerTroubleError(PassingTroubleError):
    """A 5xx, a broken connection, or an answer that isn't ready (202)."""


class UnreadableAnswerError(PassingTroubleError):
    """An answer that was cut off or is not JSON."""


class BadAnswerError(TroubleError):
    """A readable answer that says something impossible: asking again would say it again."""


class RefusedError(TroubleError):
    """GitHub understood and declined: a 4xx that is neither a limit nor the token itself.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class NameReusedError(TroubleError):
    """The name asked for belongs to another repository by now."""


class OutOfBudgetError(TroubleError):
    """Going on would mean to wait longer for GitHub's limits than a run may."""


class NoInstallationTokenError(TroubleError):
    """GitHub, or the way to it, failed when an installation of an App needed a new token."""


class UnauthorizedError(Exception):
    """GitHub does not take the token that was shown. The session renews it, or gives up.

    Attributes:
        status: 401, or 403 for an installation that was suspended.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class LimitReachedError(Exception):
    """GitHub answered "too many requests". To be waited out, then asked again.

    Attributes:
        primary: the hourly budget is used up, as opposed to a secondary limit.
    """

    def __init__(self, message: str, *, primary: bool) -> None:
        super().__init__(message)
        self.primary = primary


class CancelledError(Exception):
    """The session is over (a bad token, an interrupt): nothing more is sent."""
