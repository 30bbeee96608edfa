"""The manual page is the one that the parsers and the help make, and it is well formed."""

import re
from pathlib import Path

from promptvm_oauth.cli.commands import COMMANDS
from promptvm_oauth.cli.manual import manual_page
from promptvm_oauth.cli.parser import command_parser
from promptvm_oauth.cli.variables import VARIABLES

PAGE = Path(__file__).parents[3] / "src" / "cli" / "promptvm-auth.1"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == manual_page(), "it is out of date: make manual"


def test_every_command_option_and_variable_is_in_it() -> None:
    plain = manual_page().replace("\\-", "-")
    names = [name for command in COMMANDS for name, _ in command_parser(command)[1].explained() if name[:2] != "-h"]
    assert [name for name in names if f".B {name}\n" not in plain] == []
    assert [name for name in COMMANDS if f".SS {name}\n" not in plain] == []
    assert [name for table in VARIABLES.values() for name in table if f".B {name}\n" not in plain] == []


def test_only_known_requests_and_escapes_are_in_it() -> None:
    page = manual_page()
    requests = set(re.findall(r"^[.'](\S*)", page, re.MULTILINE))
    assert requests == {"TH", "SH", "SS", "TP", "B", "I", "PP", "nf", "fi", "RS", "RE"}
    assert set(re.findall(r"\\(.)", page)) <= {"-", "e", "&"}
    assert page.isascii()


def test_the_defaults_are_filled_in() -> None:
    assert "%(" not in manual_page()
    assert "how long to wait for you (default 300; with a code, for as long as it is valid)" in manual_page()
