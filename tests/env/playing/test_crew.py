from __future__ import annotations

import gc
import threading
import time
from threading import Event

import pytest

from simarena.env.playing.crew import Crew

SOON_S = 10.0


def our_threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name.startswith("simarena-")}


def await_end(threads: set[threading.Thread]) -> None:
    for thread in threads:
        thread.join(SOON_S)
        assert not thread.is_alive()


def test_each_thread_but_the_first_is_given_its_number() -> None:
    before = our_threads()
    crew = Crew(3)
    threads = our_threads() - before
    assert len(threads) == 2
    heard = {1: Event(), 2: Event()}
    for part in heard:
        crew.call(part, lambda number: heard[number].set())
    assert all(event.wait(SOON_S) for event in heard.values())
    crew.dismiss()
    await_end(threads)


def test_a_thread_that_is_late_does_what_it_was_told_last() -> None:
    crew = Crew(2)
    holds, go_on, done = Event(), Event(), Event()
    seen = []

    def hold(_: int) -> None:
        holds.set()
        go_on.wait(SOON_S)

    def see(what: str) -> None:
        seen.append(what)
        done.set()

    crew.call(1, hold)
    assert holds.wait(SOON_S)
    crew.call(1, lambda _: see("second"))
    crew.call(1, lambda _: see("third"))
    go_on.set()
    assert done.wait(SOON_S)
    assert seen == ["third"]
    crew.dismiss()


def check_for(crew: Crew, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        crew.check()
        time.sleep(0.001)


def test_what_a_thread_raises_is_raised_where_it_is_asked_for_once() -> None:
    crew = Crew(2)
    begun = Event()

    def fail(_: int) -> None:
        begun.set()
        raise KeyError

    crew.call(1, fail)
    assert begun.wait(SOON_S)
    with pytest.raises(KeyError):
        check_for(crew, SOON_S)
    crew.check()
    crew.dismiss()


def test_threads_of_a_forgotten_crew_end() -> None:
    before = our_threads()
    crew = Crew(3)
    threads = our_threads() - before
    del crew
    gc.collect()
    await_end(threads)
