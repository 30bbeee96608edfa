"""What a program may write to a login, and what becomes of anything else."""

import json
import os
import sys
from collections.abc import Generator
from typing import Any
from unittest.mock import Mock

import pytest
from promptvm_oauth.cli.json_lines.input import MAX_LINE, Actions, LineSplitter, obey, start_reading


class Program:
    """What was done for the program at the other end."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self.actions = Actions(self.paste, self.cancel, self.reject)

    def paste(self, text: str) -> None:
        self.done.append(("paste", text))

    def cancel(self) -> None:
        self.done.append(("cancel", ""))

    def reject(self, problem: str) -> None:
        self.done.append(("reject", problem))


@pytest.fixture
def program() -> Program:
    return Program()


def test_a_paste_and_a_cancel(program: Program) -> None:
    obey(json.dumps({"paste": " http://127.0.0.1:1/callback?code=ä "}).encode(), program.actions)
    obey(b'{"cancel": true, "of a later version": 1}\r', program.actions)

    assert program.done == [("paste", " http://127.0.0.1:1/callback?code=ä "), ("cancel", "")]


@pytest.mark.parametrize("line", [b"", b" \t\r"])
def test_an_empty_line_is_nothing(program: Program, line: bytes) -> None:
    obey(line, program.actions)
    assert program.done == []


@pytest.mark.parametrize(
    "line",
    [
        b"paste",
        b"{",
        b"[]",
        b'"paste"',
        b"{}",
        b'{"paste": null}',
        b'{"paste": ""}',
        b'{"paste": " \\n"}',
        b'{"paste": 1}',
        b'{"cancel": false}',
        b'{"cancel": 1}',
        b'{"cancel": "true"}',
        b'{"paste": "\xff"}',
        b"\xff\xfe",
        b"[" * MAX_LINE,
        b'{"a":' * 10_000,
        b'{"paste": NaN}',
    ],
    ids=lambda line: repr(line[:20]),
)
def test_any_other_line_is_answered_and_ends_nothing(program: Program, line: bytes) -> None:
    obey(line, program.actions)
    assert program.done == [("reject", 'a line is a JSON object with "paste", a text, or with "cancel", true')]


def test_a_line_that_is_too_long_is_answered(program: Program) -> None:
    obey(None, program.actions)
    assert program.done == [("reject", "a line has at most 65536 bytes")]


def split(*chunks: bytes) -> list[bytes | None]:
    lines: list[bytes | None] = []
    splitter = LineSplitter(lines.append)
    for chunk in chunks:
        splitter.feed(chunk)
    splitter.end()
    return lines


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"one\ntwo\n"], [b"one", b"two", b""]),
        ([b"o", b"ne", b"\n", b"two"], [b"one", b"two"]),
        ([], [b""]),
        ([b"x" * MAX_LINE + b"\n"], [b"x" * MAX_LINE, b""]),
        ([b"x" * (MAX_LINE + 1) + b"\nnext"], [None, b"next"]),
        ([b"x" * MAX_LINE, b"x", b"y" * 9, b"\nnext\n"], [None, b"next", b""]),
        ([b"x" * (3 * MAX_LINE)], [None]),
    ],
)
def test_bytes_become_lines_however_they_come(chunks: list[bytes], lines: list[bytes | None]) -> None:
    assert split(*chunks) == lines


@pytest.fixture
def pipe() -> Generator[tuple[Any, int]]:
    read, write = os.pipe()
    with open(read, encoding="utf-8") as stream:
        yield stream, write


def test_lines_are_read_until_the_input_ends(program: Program, pipe: tuple[Any, int]) -> None:
    stream, write = pipe
    thread = start_reading(stream, program.actions)
    os.write(write, b'{"cancel": true}\n{"paste": "a"}')
    os.close(write)
    assert thread is not None
    thread.join(30)

    assert program.done == [("cancel", ""), ("paste", "a")]


def test_the_end_of_the_input_ends_nothing(program: Program) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:
        thread = start_reading(nothing, program.actions)
        assert thread is not None
        thread.join(30)
    assert program.done == []


def test_what_cannot_be_read_is_not_read(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoFile:
        def fileno(self) -> int:
            raise OSError

    odd: Any = NoFile()
    assert start_reading(None, program.actions) is None
    assert start_reading(odd, program.actions) is None
    read, write = os.pipe()
    with open(read, encoding="utf-8") as stream:
        os.close(write)
    assert start_reading(stream, program.actions) is None
    with open(os.devnull, encoding="utf-8") as terminal:
        monkeypatch.setattr(os, "isatty", Mock(return_value=True))
        monkeypatch.setattr(os, "tcgetpgrp", Mock(return_value=os.getpgrp() + 1))
        assert start_reading(terminal, program.actions) is None  # it would be stopped in the background
        monkeypatch.setattr(os, "tcgetpgrp", Mock(return_value=os.getpgrp()))
        thread = start_reading(terminal, program.actions)
        assert thread is not None
        thread.join(30)


def test_an_input_that_fails_ends_nothing(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise OSError

    with open(os.devnull, encoding="utf-8") as stream:
        monkeypatch.setattr(os, "read", fail)
        thread = start_reading(stream, program.actions)
        assert thread is not None
        thread.join(30)
    assert program.done == []
    assert sys.stdin is not stream
