import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.freshness import DEFAULT_POLICY, RefreshPolicy, early_window, granted_in_future, is_fresh

NOW = 1_800_000_000.0


def test_the_window_is_wider_than_that_of_the_go_tool_where_the_lifetime_is_known() -> None:
    assert DEFAULT_POLICY.early_window == 300.0
    assert early_window(DEFAULT_POLICY, None) == 60.0
    assert early_window(RefreshPolicy(early_window=10.0), None) == 10.0
    assert early_window(DEFAULT_POLICY, 24 * 3600.0) == 300.0
    assert early_window(DEFAULT_POLICY, 600.0) == 60.0


def test_a_token_of_a_later_moment_was_granted_while_the_clock_was_wrong() -> None:
    assert not granted_in_future(None, NOW)
    assert not granted_in_future(NOW + 60.0, NOW)
    assert granted_in_future(NOW + 60.1, NOW)


@pytest.mark.parametrize(("left", "fresh"), [(60.001, True), (60.0, False), (59.0, False), (0.0, False), (-1.0, False)])
def test_a_token_is_renewed_a_minute_before_it_expires(left: float, *, fresh: bool) -> None:
    assert is_fresh(NOW + left, NOW, early_window(DEFAULT_POLICY, None)) is fresh


def test_an_unknown_expiry_means_use_it_until_a_401() -> None:
    assert is_fresh(None, NOW, early_window(DEFAULT_POLICY, None))


@pytest.mark.parametrize("lifetime", [1.0, 10.0, 60.0, 300.0, 600.0])
def test_a_short_lived_token_is_not_renewed_all_the_time(lifetime: float) -> None:
    skewed = RefreshPolicy(early_window=300.0)
    for policy in (DEFAULT_POLICY, skewed):
        window = early_window(policy, lifetime, jitter=0.999)
        assert window <= lifetime * policy.lifetime_fraction
        assert is_fresh(NOW + lifetime, NOW, window)
        assert is_fresh(NOW + lifetime, NOW + lifetime / 2, window)


def test_jitter_makes_the_window_longer_and_never_shorter() -> None:
    day = 24 * 3600.0
    assert early_window(DEFAULT_POLICY, day, 0.0) == 300.0
    assert 300.0 < early_window(DEFAULT_POLICY, day, 0.5) < 330.0
    assert early_window(RefreshPolicy(jitter=0.0), day, 0.9) == 300.0
    assert 60.0 < early_window(DEFAULT_POLICY, None, 0.5) < 66.0


@given(
    st.one_of(st.none(), st.floats(min_value=0, max_value=1e9)),
    st.floats(min_value=0, max_value=1, exclude_max=True),
    st.floats(min_value=0, max_value=3600),
)
def test_the_window_is_never_negative_and_never_more_than_its_parts_allow(
    lifetime: float | None, jitter: float, early: float
) -> None:
    policy = RefreshPolicy(early_window=early)
    window = early_window(policy, lifetime, jitter)
    assert 0 <= window <= early * (1 + policy.jitter)
    assert lifetime is None or window <= lifetime * policy.lifetime_fraction


@given(st.floats(min_value=0, max_value=4e9), st.floats(min_value=0, max_value=4e9), st.floats(0, 3600))
def test_a_token_that_is_not_fresh_now_is_not_fresh_later(expires_at: float, now: float, window: float) -> None:
    if not is_fresh(expires_at, now, window):
        assert not is_fresh(expires_at, now + 1, window)
    else:
        assert now < expires_at
