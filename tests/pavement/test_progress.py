"""Progress in lines: long work says now and then how far it is, short work nothing."""

import pytest

from pavement.progress import in_lines


@pytest.mark.parametrize(
    ("seconds", "total", "lines"),
    [
        (0.1, 20, []),
        (1.0, 100, ["images: 10 of 100", "images: 20 of 100"]),
        (20.0, 1000, ["images: 3 of 1,000", "images: 5 of 1,000"]),
    ],
)
def test_a_line_at_each_tenth_and_each_half_minute(seconds, total, lines):
    said, now = [], [0.0]
    report = in_lines(said.append, clock=lambda: now[0])
    for done in range(1, min(total, 200) + 1):
        report(done, total, "images")
        now[0] += seconds
    assert said[:2] == lines[:2]
    assert len(said) <= max(len(lines), 100)


def test_each_label_counts_for_itself():
    said, now = [], [0.0]
    report = in_lines(said.append, clock=lambda: now[0])
    for label in ("read", "plan"):
        for done in (0, 1, 2):
            report(done, 2, label)
            now[0] += 40.0
    assert said == ["read: 1 of 2", "read: 2 of 2", "plan: 1 of 2", "plan: 2 of 2"]
