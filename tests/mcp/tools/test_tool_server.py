"""Turns, progress and cancellation, by the SDK's own client in memory."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client
from mcp.types import CallToolResult
from tests.mcp._sessions import ask, living, said, session

from simarena.mcp import LivingSession, build_server
from simarena.mcp.answers import progress, telling

if TYPE_CHECKING:
    from collections.abc import Callable

SOON_S = 60


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every virtual second a stretch of its own, as in a cluster that takes long."""
    monkeypatch.setattr(progress, "STRETCH_S", -1.0)


class Noticing(Counter[str]):
    """Counts, and calls somebody when one of the names is counted."""

    def __init__(self, name: str, notice: Callable[[], object]) -> None:
        super().__init__()
        self.name, self.notice = name, notice

    def __setitem__(self, name: str, count: int) -> None:
        super().__setitem__(name, count)
        if name == self.name:
            self.notice()


def connected(served: Any, work: Any) -> Any:
    async def run() -> Any:
        async with Client(build_server(served, log_level="CRITICAL")) as client:
            with anyio.fail_after(SOON_S):
                return await work(client)

    return asyncio.run(run())


def test_a_wait_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    told: list[tuple[float, float | None, str | None]] = []

    async def wait(client: Client) -> None:
        async def tell(progress: float, total: float | None, message: str | None) -> None:
            told.append((progress, total, message))

        result = await client.call_tool("wait", {"seconds": 4}, progress_callback=tell)
        assert "Waited 4 s." in said(result)

    connected(living(), wait)
    assert told == [(n, 4, f"{n} of 4 s have passed") for n in (1, 2, 3)]


@pytest.mark.parametrize("tool", ["wait", "what_if"])
def test_others_are_served_while_one_waits(monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    slow(monkeypatch)
    served = living()
    order: list[str] = []

    async def work(client: Client) -> None:
        begun = anyio.Event()

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            begun.set()

        async def wait() -> None:
            arguments: dict[str, Any] = {"seconds": 200}
            if tool == "what_if":
                arguments |= {"deploy": "web", "replicas": 2}
            await client.call_tool(tool, arguments, progress_callback=tell)
            order.append(tool)

        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await begun.wait()
            await client.call_tool("get_pods", {})
            order.append("get_pods")

    connected(served, work)
    assert order == ["get_pods", tool]


def test_time_stops_when_the_client_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    served = living()

    async def work(client: Client) -> None:
        with anyio.CancelScope() as scope:

            async def tell(progress: float, total: float | None, message: str | None) -> None:
                scope.cancel()

            await client.call_tool("wait", {"seconds": 3_600}, progress_callback=tell)
        assert scope.cancelled_caught
        await client.call_tool("get_pods", {})

    connected(served, work)
    passed_s = served.backend.cluster.now_ms // 1_000 - 60
    assert 1 <= passed_s < 1_000
    assert served.fault is None


def test_a_wait_that_is_given_up_before_its_turn_does_not_happen() -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Held(LivingSession):
        """A session whose first call lasts until it is told to go on."""

        def before_call(self) -> None:
            super().before_call()
            entered.set()
            assert go_on.wait(SOON_S)

    plain = living()
    served = Held(plain._nodes, plain._feed._trace)

    async def work(client: Client) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "get_nodes", {})
            await anyio.to_thread.run_sync(entered.wait, SOON_S)
            with anyio.CancelScope() as scope:
                served.tool_calls = Noticing("wait", scope.cancel)
                await client.call_tool("wait", {"seconds": 3_600})
            assert scope.cancelled_caught
            go_on.set()
        await client.call_tool("get_nodes", {})

    connected(served, work)
    assert served.backend.cluster.now_ms == 60_000


def test_a_call_that_says_nothing_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "SIGN_OF_LIFE_S", 0.001)
    go_on = threading.Event()
    told: list[float] = []
    served = session()
    opened = served.before_call

    def held() -> None:
        opened()
        assert go_on.wait(SOON_S)

    monkeypatch.setattr(served, "before_call", held)

    async def work(client: Client) -> CallToolResult:
        async def tell(progress: float, total: float | None, message: str | None) -> None:
            told.append(progress)
            if len(told) == 3:
                go_on.set()

        result = await client.call_tool("get_pods", {}, progress_callback=tell)
        assert isinstance(result, CallToolResult)
        return result

    assert "showing 3 of 3" in said(connected(served, work))
    assert told == sorted(set(told))


def test_waiting_in_stretches_is_waiting_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = living()
    ask(whole, "wait", seconds=300)
    slow(monkeypatch)
    pieces = living()
    ask(pieces, "wait", seconds=300)
    assert pieces.backend.cluster.now_ms == whole.backend.cluster.now_ms == 360_000
    assert list(pieces.backend.list("Pod", None)) == list(whole.backend.list("Pod", None))
    assert list(pieces.backend.events(None)) == list(whole.backend.events(None))


def test_stretches_grow_while_computing_is_quick_and_shrink_when_it_is_not() -> None:
    clock = [0.0]
    passed: list[int] = []

    def pass_time(seconds: int) -> None:
        passed.append(seconds)
        clock[0] += 0.01 * seconds

    told = list(progress.stretches(100, pass_time, lambda: clock[0]))
    assert passed == [1, 2, 4, 8, 16, 16, 16, 16, 16, 5]
    assert [each.done for each in told] == [1, 3, 7, 15, 31, 47, 63, 79, 95]
    passed.clear()
    list(progress.stretches(5, passed.append, iter(range(99)).__next__))
    assert passed == [1, 1, 1, 1, 1]
