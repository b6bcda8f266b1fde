"""Collect over all lines of a conversation: each account's repositories on its own line.

Every line works for itself, with its own threads, so that one that waits for its limits holds up
no other. Who is refused on one line is asked for on the next that may see it.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue

from github_traffic_dagster.errors import BadTokenError
from github_traffic_dagster.github_api.conversation import Conversation
from github_traffic_dagster.github_api.lines import Line
from github_traffic_dagster.github_api.outcomes import Outcome, Reason
from github_traffic_dagster.github_api.session import GitHubSession
from github_traffic_dagster.github_api.windows import Memory, nothing_remembered
from github_traffic_dagster.github_api.windows import collect_windows as collect_on
from github_traffic_dagster.traffic.answers import Metric, Target

Arrange = Callable[[Line, Sequence[Target]], Sequence[Target]]
"""Puts what a line is to be asked for in the order of urgency."""

Ask = Callable[[GitHubSession, Sequence[Target]], Generator[Outcome]]
"""Asks a line for targets, the first of them first; an outcome for each."""

_REFUSED = frozenset({Reason.FORBIDDEN, Reason.NOT_FOUND, Reason.NO_PUSH_ACCESS})
_LOOK_UP = 0.5  # seconds; on Windows an endless wait can't be interrupted


def as_given(_line: Line, targets: Sequence[Target]) -> Sequence[Target]:
    """The order that they came in."""
    return targets


def collect_windows(
    conversation: Conversation,
    targets: Sequence[Target],
    metric: Metric,
    *,
    memory: Memory = nothing_remembered,
    arrange: Arrange = as_given,
) -> Generator[Outcome]:
    """Ask for every target's window.

    Args:
        conversation: its lines share nothing but the clock.
        targets: each once.
        metric: views or clones.
        memory: GitHub's latest answer for a repository id, if it was kept.
        arrange: called for each line with what it is to be asked for, before it is.

    Yields:
        One outcome per target, as soon as it is known.

    Raises:
        BadTokenError: the token is refused and there is nothing else; at once.
    """

    def ask(session: GitHubSession, given: Sequence[Target]) -> Generator[Outcome]:
        return collect_on(session, given, metric, memory)

    return collect_over(conversation, targets, ask, arrange=arrange)


def collect_over(
    conversation: Conversation,
    targets: Sequence[Target],
    ask: Ask,
    *,
    arrange: Arrange = as_given,
) -> Generator[Outcome]:
    """Ask for every target, whatever is wanted of it.

    Args:
        conversation: its lines share nothing but the clock.
        targets: each once.
        ask: one line for its targets.
        arrange: called for each line with what it is to be asked for, before it is.

    Yields:
        One outcome per target, as soon as it is known.

    Raises:
        BadTokenError: the token is refused and there is nothing else; at once.
    """
    if conversation.only_session is not None:
        [line] = conversation.lines
        yield from ask(line.session, arrange(line, targets))
        return
    collection = _Collection(conversation, targets, ask, arrange)
    try:
        yield from collection.outcomes()
    except BaseException:
        conversation.cancel()
        raise


@dataclass(eq=False)
class _Desk:
    """A line's work.

    Attributes:
        waiting: positions of targets that are next.
        busy: a thread is at it.
        asked: positions the thread was given that came to nothing yet.
        lost: GitHub takes the line's credential no more.
    """

    line: Line
    waiting: list[int] = field(default_factory=list)
    busy: bool = False
    asked: set[int] = field(default_factory=set)
    lost: BadTokenError | None = None


@dataclass(frozen=True)
class _Heard:
    """An outcome, from the thread of a desk."""

    desk: _Desk
    outcome: Outcome


@dataclass(frozen=True)
class _Ended:
    """A desk's thread is through with what it was given, or gave up."""

    desk: _Desk
    failure: BaseException | None


class _Collection:
    """One call of `collect_over`. All but the asking happens on the caller's thread."""

    def __init__(
        self,
        conversation: Conversation,
        targets: Sequence[Target],
        ask: Ask,
        arrange: Arrange,
    ) -> None:
        self._conversation = conversation
        self._targets = targets
        self._ask_line = ask
        self._arrange = arrange
        self._positions = {target.repo_id: number for number, target in enumerate(targets)}
        if len(self._positions) != len(targets):
            raise ValueError("a repository is to be collected twice")
        self._desks = {line: _Desk(line) for line in conversation.lines}
        self._routes = [
            [self._desks[line] for line in conversation.lines_to(_owner(target))]
            for target in targets
        ]
        self._news = SimpleQueue[_Heard | _Ended]()
        self._refused: dict[int, Outcome] = {}
        self._open = len(targets)
        self._settled: list[Outcome] = []

    def outcomes(self) -> Generator[Outcome]:
        """Run; each outcome as it is settled, until all are."""
        for position in range(len(self._targets)):
            self._pass_on(position)
        while True:
            yield from self._newly_settled()
            if not self._open:
                return
            self._start_threads()
            match self._next():
                case _Heard(desk, outcome):
                    self._hear(desk, outcome)
                case _Ended(desk, failure):
                    self._end(desk, failure)

    def _newly_settled(self) -> list[Outcome]:
        settled, self._settled = self._settled, []
        self._open -= len(settled)
        return settled

    def _pass_on(self, position: int) -> None:
        """To the next desk on its way; where there is none left, it is settled."""
        route = self._routes[position]
        while route:
            desk = route.pop(0)
            if desk.lost is None:
                desk.waiting.append(position)
                return
            self._note(position, Reason.NO_CREDENTIAL, str(desk.lost))
        self._settled.append(self._refusal(position))

    def _refusal(self, position: int) -> Outcome:
        """What a target came to that no desk could collect."""
        owner = _owner(self._targets[position])
        if position not in self._refused:
            trouble = self._conversation.why_not(owner)
            self._note(position, trouble.reason, trouble.text)
        outcome = self._refused[position]
        if outcome.reason in _REFUSED and not self._conversation.has_installation(owner):
            why = self._conversation.why_not(owner).text
            outcome = replace(outcome, detail=f"{outcome.detail}; {why}")
        return outcome

    def _hear(self, desk: _Desk, outcome: Outcome) -> None:
        position = self._positions[outcome.repo_id]
        desk.asked.discard(position)
        if outcome.reason in _REFUSED:
            self._note(position, outcome.reason, outcome.detail)
            self._pass_on(position)
        else:
            self._settled.append(outcome)

    def _end(self, desk: _Desk, failure: BaseException | None) -> None:
        open_still = [*sorted(desk.asked), *desk.waiting]
        desk.busy, desk.asked = False, set()
        if failure is None:
            return
        if not isinstance(failure, BadTokenError):
            raise failure
        desk.lost, desk.waiting = failure, []
        for position in open_still:
            self._note(position, Reason.NO_CREDENTIAL, str(failure))
            self._pass_on(position)

    def _note(self, position: int, reason: Reason, detail: str) -> None:
        """Keep the first refusal of a target, but for "not visible", which says least of all."""
        earlier = self._refused.get(position)
        if earlier is None or earlier.reason is Reason.NOT_FOUND:
            target = self._targets[position]
            self._refused[position] = Outcome(target.repo_id, target.full_name, reason, detail)

    def _start_threads(self) -> None:
        """One for each desk that has work and none yet: its crew does the rest."""
        for desk in self._desks.values():
            if desk.waiting and not desk.busy:
                given, desk.waiting = desk.waiting, []
                desk.busy, desk.asked = True, set(given)
                wanted = self._arrange(desk.line, [self._targets[position] for position in given])
                threading.Thread(
                    target=self._ask, args=(desk, wanted), name=desk.line.name, daemon=True
                ).start()

    def _ask(self, desk: _Desk, wanted: Sequence[Target]) -> None:
        """On a thread of its own."""
        failure: BaseException | None = None
        try:
            for outcome in self._ask_line(desk.line.session, wanted):
                self._news.put(_Heard(desk, outcome))
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            failure = error
        self._news.put(_Ended(desk, failure))

    def _next(self) -> _Heard | _Ended:
        while True:
            try:
                return self._news.get(timeout=_LOOK_UP)
            except Empty:
                continue


def _owner(target: Target) -> str:
    return target.full_name.partition("/")[0]
