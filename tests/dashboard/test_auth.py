"""Signing in: waits after failures, paths to go on to, the key of the cookies."""

import stat

import pytest

from dashboard import auth


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "evil", "", None,
     "/a\nb", "/a\\b"],
)  # fmt: skip
def test_w10_foreign_targets_lead_to_the_front_page(target):
    assert auth.local_path(target) == "/"


def test_w10_local_targets_are_kept():
    assert auth.local_path("/segment/n1-s-1-020300?x=1") == "/segment/n1-s-1-020300?x=1"


def test_w9_waits_grow_after_five_failures():
    now = [0.0]
    throttle = auth.Throttle(clock=lambda: now[0])
    waits = []
    for _ in range(9):
        waits.append(throttle.wait("name a"))
        throttle.failed("name a")
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8]
    assert throttle.wait("name b") == 0
    now[0] = 100.0
    assert throttle.wait("name a") == 0


def test_w9_a_success_forgets_failures_and_the_longest_wait_is_a_quarter_of_an_hour():
    throttle = auth.Throttle(clock=lambda: 0.0)
    for _ in range(40):
        throttle.failed("name a")
    assert throttle.wait("name a") == 900
    throttle.succeeded("name a")
    assert throttle.wait("name a") == 0


def test_w9_the_cookie_key_is_made_once_and_is_private(tmp_path):
    first = auth.secret_key(tmp_path / "home")
    assert auth.secret_key(tmp_path / "home") == first
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "home" / "session.key").stat().st_mode) == 0o600
    assert len(list((tmp_path / "home").iterdir())) == 1
