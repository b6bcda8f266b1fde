"""Do one piece of work per item on several threads, and stop at once when told to.

`ThreadPoolExecutor` joins its threads when the program ends: a Ctrl-C would last until the
slowest answer came. These threads are daemons, and nobody waits for them after a failure.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_LOOK_UP = 0.5  # seconds; on Windows an endless wait can't be interrupted


class Crew(Generic[Item, Result]):
    """Threads that take items in order and hand back results as they come.

    Args:
        work: done once per item, on some thread.
        items: the work to do.
        size: how many threads at most.
    """

    def __init__(self, work: Callable[[Item], Result], items: Sequence[Item], size: int) -> None:
        self._work = work
        self._open = SimpleQueue[tuple[int, Item]]()
        for numbered in enumerate(items):
            self._open.put(numbered)
        self._done = SimpleQueue[tuple[int, Result | None, BaseException | None]]()
        self._expected = len(items)
        self._size = min(size, len(items))
        self._stopped = threading.Event()

    def results(self) -> Generator[tuple[int, Result]]:
        """Position and result of each item, in the order in which they are ready.

        Raises:
            BaseException: the first that `work` raised; no further item is begun.
        """
        for number in range(self._size):
            threading.Thread(target=self._labour, name=f"github-{number}", daemon=True).start()
        try:
            for _ in range(self._expected):
                position, result, failure = self._next()
                if failure is not None:
                    raise failure
                yield position, result  # type: ignore[misc]
        finally:
            self._stopped.set()

    def _next(self) -> tuple[int, Result | None, BaseException | None]:
        while True:
            try:
                return self._done.get(timeout=_LOOK_UP)
            except Empty:
                continue

    def _labour(self) -> None:
        while not self._stopped.is_set():
            try:
                position, item = self._open.get_nowait()
            except Empty:
                return
            try:
                self._done.put((position, self._work(item), None))
            except BaseException as failure:  # noqa: BLE001 - raised again by `results`
                self._done.put((position, None, failure))
                return
