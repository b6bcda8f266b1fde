"""What a run's conversation cost of GitHub's budgets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spending:
    """What a conversation cost one account.

    Attributes:
        account: its name, for people.
        calls_made: requests sent.
        calls_spent: those of them that cost something of the hourly budget.
        budget_left: for traffic, in this hour; None if not told.
    """

    account: str
    calls_made: int
    calls_spent: int
    budget_left: int | None
