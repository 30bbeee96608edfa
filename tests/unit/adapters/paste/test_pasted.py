"""The callback from the browser or from a paste, whichever comes first; no socket and no terminal."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest
from promptvm_oauth.adapters.paste.pasted import MAX_TEXT, NOT_THIS_LOGIN, PastedCallback, Pasting
from promptvm_oauth.domain.oauth.pasted_redirect import read_paste
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.callback import CallbackListener, Outcome
from promptvm_oauth.ports.errors import ListenerError
from promptvm_oauth.testing.callback import FakeCallback
from promptvm_oauth.testing.clock import FakeClock

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(params=[run_blocking, asyncio.run], ids=["blocking", "async"])
def run(request: pytest.FixtureRequest) -> Run:
    return cast("Run", request.param)


class Keyboard:
    """A source of what the test says: one item a look, None for the end."""

    def __init__(self, *typed: str | None, readable: bool = True) -> None:
        self.typed = list(typed)
        self.readable = readable
        self.closed = 0

    def open(self) -> bool:
        return self.readable

    def poll(self) -> str | None:
        return self.typed.pop(0) if self.typed else ""

    def close(self) -> None:
        self.closed += 1


def accept(query: str) -> str | None:
    return query if query.endswith("&state=right") else None


class Rig:
    """The listener for pasted addresses, on fakes and over a keyboard."""

    def __init__(self, keyboard: Keyboard, *, alone: bool = False) -> None:
        self.keyboard = keyboard
        self.clock = FakeClock()
        self.started = self.clock.monotonic()
        self.inner = FakeCallback(self.clock)
        self.refused: list[str] = []
        self.port = PastedCallback(self.inner, Pasting(keyboard, read_paste, self.refused.append, alone))

    @property
    def waited(self) -> float:
        return self.clock.monotonic() - self.started

    async def open(self) -> CallbackListener[str]:
        return await self.port.open(accept, ports=[49152])


URL = "http://127.0.0.1:49152/callback?code=c&state=right"


async def answer_of(rig: Rig, timeout: float = 5.0) -> str | None:
    listener = await rig.open()
    try:
        return await listener.wait(timeout)
    finally:
        await listener.close()


def test_a_pasted_address_ends_the_wait(run: Run) -> None:
    rig = Rig(Keyboard(f"{URL}\n"))
    assert run(answer_of(rig)) == "code=c&state=right"
    assert rig.refused == []
    assert rig.keyboard.closed == 1


def test_a_paste_of_many_lines_is_taken_as_one_when_nothing_more_comes(run: Run) -> None:
    rig = Rig(Keyboard("", f"{URL[:20]}\n", f"{URL[20:30]}\n{URL[30:]}", "\n"))
    assert run(answer_of(rig)) == "code=c&state=right"
    assert rig.refused == []


def test_what_is_typed_counts_after_the_line_end_only(run: Run) -> None:
    rig = Rig(Keyboard(*URL, "", "", "\r"))
    assert run(answer_of(rig, 60)) == "code=c&state=right"


def test_a_refused_paste_says_why_and_the_next_one_counts(run: Run) -> None:
    rig = Rig(Keyboard("pvm_code_abc\n", "", f"{URL}\n"))
    assert run(answer_of(rig)) == "code=c&state=right"
    assert len(rig.refused) == 1
    assert "whole address" in rig.refused[0]


def test_a_wrong_state_is_refused_and_the_next_one_counts(run: Run) -> None:
    rig = Rig(Keyboard(f"{URL}x\n", "", f"{URL}\n"))
    assert run(answer_of(rig)) == "code=c&state=right"
    assert rig.refused == [NOT_THIS_LOGIN]


def test_a_paste_without_end_is_capped_and_refused(run: Run) -> None:
    rig = Rig(Keyboard(*["x" * 4096] * 1000, "", f"{URL}\n"))
    assert run(answer_of(rig, 200)) == "code=c&state=right"
    assert len(rig.refused) == 1
    assert str(MAX_TEXT) in rig.refused[0]


def test_an_empty_line_is_passed_over(run: Run) -> None:
    rig = Rig(Keyboard("\n", "", f"{URL}\n"))
    assert run(answer_of(rig)) == "code=c&state=right"
    assert rig.refused == []


def test_the_browser_may_be_first_and_a_later_paste_changes_nothing(run: Run) -> None:
    rig = Rig(Keyboard("", "", "http://127.0.0.1:49152/callback?code=late&state=right\n"))

    async def flow() -> None:
        listener = await rig.open()
        rig.inner.deliver(URL)
        assert await listener.wait(5) == "code=c&state=right"
        assert await listener.wait(5) == "code=c&state=right"

    run(flow())


def test_after_a_paste_a_browser_that_comes_late_changes_nothing_and_is_shown_the_outcome(run: Run) -> None:
    rig = Rig(Keyboard(f"{URL}\n"))

    async def flow() -> None:
        listener = await rig.open()
        assert await listener.wait(5) == "code=c&state=right"
        assert rig.inner.deliver("http://127.0.0.1:49152/callback?code=late&state=right")
        assert await listener.wait(5) == "code=c&state=right"
        await listener.answer(Outcome(succeeded=True))
        assert rig.inner.outcomes == [Outcome(succeeded=True)]

    run(flow())


def test_when_nobody_does_anything_the_wait_ends_in_time(run: Run) -> None:
    rig = Rig(Keyboard())
    assert run(answer_of(rig, 3)) is None
    assert rig.waited == pytest.approx(3)
    assert rig.keyboard.closed == 1


def test_an_input_that_ends_leaves_the_browser(run: Run) -> None:
    rig = Rig(Keyboard("half an addr", None))

    async def flow() -> None:
        listener = await rig.open()
        assert await listener.wait(1) is None
        rig.inner.deliver(URL)
        assert await listener.wait(1) == "code=c&state=right"

    run(flow())


def test_an_input_that_ends_without_a_line_end_was_a_paste_all_the_same(run: Run) -> None:
    assert run(answer_of(Rig(Keyboard(URL, None), alone=True))) == "code=c&state=right"


@pytest.mark.parametrize("typed", [(None,), ("pvm_code_abc", None)])
def test_where_a_paste_is_the_only_way_the_end_of_the_input_is_an_error_at_once(
    run: Run, typed: tuple[str | None, ...]
) -> None:
    rig = Rig(Keyboard(*typed), alone=True)
    with pytest.raises(ListenerError, match="standard input has ended"):
        run(answer_of(rig, 1000))
    assert rig.waited < 1
    assert rig.keyboard.closed == 1


def test_without_an_input_the_only_way_is_an_error_before_anything_is_waited_for(run: Run) -> None:
    rig = Rig(Keyboard(readable=False), alone=True)
    with pytest.raises(ListenerError, match="standard input is closed"):
        run(answer_of(rig))
    assert rig.inner.listeners == {}


def test_beside_the_browser_a_missing_input_does_no_harm(run: Run) -> None:
    rig = Rig(Keyboard(f"{URL}\n", readable=False))
    assert run(answer_of(rig)) is None
    assert rig.keyboard.typed == [f"{URL}\n"]
