"""How often what another program may be writing is looked at again."""

import pytest
from promptvm_oauth.domain.second_look import pauses, pauses_from_now

PAUSES = [0.02, 0.04, 0.08, 0.16, 0.1]


def test_each_pause_is_twice_as_long_as_the_one_before_until_400_ms_have_passed() -> None:
    assert [*pauses()] == pytest.approx(PAUSES)
    assert [*pauses_from_now()] == pytest.approx([0.0, *PAUSES])
