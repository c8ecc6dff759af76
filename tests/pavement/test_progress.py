"""Progress in lines: long work says now and then how far it is, short work nothing."""

import pytest

from pavement.progress import in_lines


@pytest.mark.parametrize(
    ("seconds", "total", "lines"),
    [
        (0.1, 20, []),
        (1.0, 100, [f"images: {done} of 100" for done in range(10, 101, 10)]),
        (20.0, 9000, [f"images: {done} of 9,000" for done in range(3, 101, 2)]),
        (1.0, 10, ["images: 4 of 10", "images: 7 of 10", "images: 10 of 10"]),
    ],
)
def test_a_line_at_each_tenth_and_each_half_minute_and_none_within_three_seconds(seconds, total, lines):
    said, now = [], [0.0]
    report = in_lines(said.append, clock=lambda: now[0])
    for done in range(1, min(total, 100) + 1):
        report(done, total, "images")
        now[0] += seconds
    assert said == lines


def test_each_label_counts_for_itself():
    said, now = [], [0.0]
    report = in_lines(said.append, clock=lambda: now[0])
    for label in ("read", "plan"):
        for done in (0, 1, 2):
            report(done, 2, label)
            now[0] += 40.0
    assert said == ["read: 1 of 2", "read: 2 of 2", "plan: 1 of 2", "plan: 2 of 2"]
