"""Which names can be file names, on which system."""

import pytest
from promptvm_oauth.ports.profile_name import ANYWHERE, ON_WINDOWS, PROFILE_NAME, shown


@pytest.mark.parametrize("name", ["default", "a", "A.b-c_1", "-x", "...", "x" * 200])
def test_letters_digits_dots_dashes_and_underscores_make_a_name(name: str) -> None:
    assert PROFILE_NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a:b", "a\n", "\x00", "é", "\uff11", "x" * 201])
def test_nothing_else_makes_a_name(name: str) -> None:
    assert not PROFILE_NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["con", "NUL", "Com1.backup", "lpt9"])
def test_device_names_are_refused_on_windows_alone(name: str) -> None:
    assert not ON_WINDOWS.fullmatch(name)
    assert ANYWHERE.fullmatch(name)


def test_names_that_only_begin_like_a_device_are_fine_on_windows() -> None:
    assert ON_WINDOWS.fullmatch("console")


def test_a_refused_name_is_shown_short_and_escaped() -> None:
    assert shown("\x1b[2J\u202e") == repr("\x1b[2J\u202e")
    assert len(shown("x" * 1000)) < 50
