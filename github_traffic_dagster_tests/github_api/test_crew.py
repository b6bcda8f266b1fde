import threading

import pytest

from github_traffic_dagster.github_api.crew import Crew


def test_every_item_is_done_once_and_keeps_its_position() -> None:
    crew = Crew(lambda number: number * number, range(200), 16)
    assert dict(crew.results()) == {number: number * number for number in range(200)}


def test_nothing_to_do_needs_no_thread() -> None:
    assert list(Crew(str, [], 16).results()) == []


def test_a_failure_is_raised_and_what_is_still_open_is_not_begun() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 0:
            raise ZeroDivisionError
        return number

    with pytest.raises(ZeroDivisionError):
        list(Crew(work, range(1000), 1).results())
    assert begun == [0]


def test_an_interrupt_does_not_wait_for_work_that_hangs() -> None:
    forever = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            raise KeyboardInterrupt
        forever.wait()
        return number

    with pytest.raises(KeyboardInterrupt):
        list(Crew(work, range(4), 4).results())
    forever.set()
