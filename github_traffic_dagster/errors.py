"""The one family of errors a user meets: what is wrong, which one it is, what to do.

Every message is written to be the whole of what somebody sees: in a terminal, in a failed step of
the Dagster UI, in a log. None of them may ever hold a token; `github_api` removes it from texts
that come from outside.
"""


class GitHubTrafficError(Exception):
    """Something a user can act on. The text says what happened, to what, and what to do."""


class SettingError(GitHubTrafficError):
    """A setting is missing or malformed. Names the setting and the expected form."""


class BadTokenError(GitHubTrafficError):
    """GitHub refuses the token or the App itself: nothing can be collected with it."""


class GitHubUnavailableError(GitHubTrafficError):
    """The list of repositories could not be read, so a run has nothing to start from."""


class RequestError(GitHubTrafficError):
    """A request for days or tables that cannot be served as asked. Names the days."""


class MissingUpstreamError(RequestError):
    """A table has nothing for some days that another table is to be built from."""


class StoreError(GitHubTrafficError):
    """A table could not be opened, read or written. What was stored is unchanged."""


class TableMissingError(StoreError):
    """There is no table at this place yet."""


class ForeignTableError(StoreError):
    """What lies at a table's place is not ours: no Delta table, another schema, a newer version."""


class WriteUncertainError(StoreError):
    """A write raised after it may have been committed. Running again is safe and settles it."""


class HistoryFileError(GitHubTrafficError):
    """History of another tool can't be read. Names the file, the row and what is expected."""


class WorkspaceError(GitHubTrafficError):
    """A Databricks workspace refused or failed what was asked. Says what holds of the store."""


class StatementError(WorkspaceError):
    """A SQL warehouse failed or dropped a statement. Names the statement and what was said."""


class UndeliveredError(GitHubTrafficError):
    """An alert could not be sent by a channel. Never names an address with a key or a password."""
