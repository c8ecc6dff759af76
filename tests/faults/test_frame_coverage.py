"""Frames missing, doubled, out of order (I11): gaps and overlaps are listed, and no place counts twice."""

import numpy as np
import pandas as pd
import pytest

from ingest.imagery.doubled_frames import without_repeats
from ingest.imagery.frame_coverage import frame_coverage, said
from ingest.imagery.parameters import parameters
from ingest.imagery.survey import quantify_frames
from ingest.run import ingest_package
from pavement.progress import silent
from pavement.schema import check
from pavement.store import published
from tests.ingest.builders import package

from .test_images import CAMERA, SETTINGS, png, road

VALUES = parameters()
COLUMNS = ["kind", "from_m", "to_m", "length_m", "before", "after"]


def frames(*rows, lane="1"):
    """Return frames of (frame, measure_m, length_m) on one lane; those whose name has a ? are not usable."""
    listed = pd.DataFrame(rows, columns=["frame", "measure_m", "length_m"])
    usable = ~listed["frame"].str.endswith("?")
    return listed.assign(route="N1", direction="S", lane=lane, usable=usable, as_frame="")


def coverage(listed, doubled=None):
    return frame_coverage(listed, listed.head(0) if doubled is None else doubled, values=VALUES)


CASES = {
    "end to end": ([("a", 0.0, 2.0), ("b", 2.0, 2.0)], []),
    "gap": ([("a", 0.0, 2.0), ("b", 5.5, 2.0)], [("gap", 2.0, 5.5, 3.5, "a", "b")]),
    "overlap": ([("a", 0.0, 2.0), ("b", 1.5, 2.0)], [("overlap", 1.5, 2.0, 0.5, "a", "b")]),
    "three at one place": (
        [("a", 0.0, 4.0), ("b", 1.0, 4.0), ("c", 2.0, 4.0)],
        [("overlap", 1.0, 5.0, 4.0, "a", "c")],
    ),
    "a long one hides two": (
        [("a", 0.0, 10.0), ("b", 2.0, 1.0), ("c", 5.0, 1.0)],
        [("overlap", 2.0, 3.0, 1.0, "a", "b"), ("overlap", 5.0, 6.0, 1.0, "a", "c")],
    ),
    "the same place": ([("a", 3.0, 2.0), ("b", 3.0, 2.0)], [("overlap", 3.0, 5.0, 2.0, "a", "b")]),
    "not judged": (
        [("a", 0.0, 2.0), ("b?", 2.0, 2.0), ("c", 4.0, 2.0)],
        [("unjudged", 2.0, 4.0, 2.0, "a", "c")],
    ),
    "what is not judged overlaps nothing": ([("a", 0.0, 2.0), ("b?", 1.0, 1.0), ("c", 2.0, 2.0)], []),
    "begins without judgement": ([("a?", 0.0, 2.0), ("b", 2.0, 2.0)], [("unjudged", 0.0, 2.0, 2.0, "", "b")]),
    "gap after what is not judged": (
        [("a", 0.0, 2.0), ("b?", 2.0, 2.0), ("c", 6.0, 2.0)],
        [("unjudged", 2.0, 4.0, 2.0, "a", "c"), ("gap", 4.0, 6.0, 2.0, "b?", "c")],
    ),
    "rounding": ([("a", 0.0, 2.04), ("b", 2.0, 1.95), ("c", 4.0, 2.0)], []),
    "least": ([("a", 0.0, 2.0), ("b", 2.1, 2.0)], [("gap", 2.0, 2.1, 0.1, "a", "b")]),
}


@pytest.mark.parametrize("case", CASES)
def test_i11_gaps_and_overlaps_by_hand(case):
    rows, expected = CASES[case]
    for order in (rows, rows[::-1]):
        found = coverage(frames(*order))
        told = pd.DataFrame(expected, columns=COLUMNS)
        # of two frames of one place the order given decides which is called the first
        swapped = found.copy()
        if case == "the same place" and order != rows:
            swapped[["before", "after"]] = found[["after", "before"]].to_numpy()
        pd.testing.assert_frame_equal(swapped[COLUMNS], told, check_dtype=False, atol=1e-9)


def test_i11_lanes_leave_each_other_alone():
    both = pd.concat([frames(("a", 0.0, 2.0), ("b", 4.0, 2.0)), frames(("c", 1.0, 4.0), lane="2")])
    found = coverage(both)
    assert found[["lane", "kind", "from_m", "to_m"]].to_numpy().tolist() == [["1", "gap", 2.0, 4.0]]


def test_i11_lengths_add_up_whatever_the_frames_are():
    """What is seen once, twice and not at all, and not judged, makes up the way from the first to the last frame."""
    rng = np.random.default_rng(4)
    for _ in range(30):
        count = int(rng.integers(2, 25))
        rows = zip(
            [f"f{n}{'?' * int(rng.integers(0, 4) == 0)}" for n in range(count)],
            rng.uniform(0, 60, count).round(1), rng.uniform(0.5, 9, count).round(1), strict=True,
        )  # fmt: skip
        listed = frames(*rows)
        # a count of every centimetre is the independent way
        at = np.arange(0, 7000) / 100 + 0.005
        low, high = (listed[c].to_numpy()[:, None] for c in ("measure_m", "length_m"))
        seen = (at >= low) & (at < low + high)
        judged = (seen & listed["usable"].to_numpy()[:, None]).sum(axis=0)
        within = (at >= low.min()) & (at < (low + high).max())
        expected = {
            "gap": within & ~seen.any(axis=0),
            "unjudged": seen.any(axis=0) & (judged == 0),
            "overlap": judged > 1,
        }
        lengths = coverage(listed).groupby("kind")["length_m"].sum()
        for kind, cells in expected.items():
            assert lengths.get(kind, 0.0) == pytest.approx(cells.sum() / 100, abs=0.02), (kind, listed)


def test_i11_what_is_said_of_a_lane_and_when_nothing_is():
    listed = frames(("a", 0.0, 2.0), ("b", 1.5, 2.0), ("c?", 3.5, 2.0), ("d", 7.0, 2.0))
    again = frames(("e", 7.0, 2.0)).assign(as_frame="d")
    assert said(coverage(listed, again)) == [
        "N1 S lane 1: Gaps: 1, 1.5 m in all. Not judged: 1, 2.0 m in all. Overlaps: 1, 0.5 m in all. "
        "Frames given twice: 1."
    ]
    # what there is none of is not told
    far = frames(("a", 0.0, 2.0), ("b", 12_345.5, 2.0))
    assert said(coverage(far)) == ["N1 S lane 1: Gaps: 1, 12,343.5 m in all."]
    # overlap alone is how surveys are driven
    assert said(coverage(listed.head(2))) == []
    assert coverage(listed.head(0)).empty


def listed_at(measures):
    return pd.DataFrame(
        {
            "frame": [f"f{n}" for n in range(len(measures))],
            "file": [f"{n}.png" for n in range(len(measures))],
            "route": "N1",
            "direction": "S",
            "lane": "1",
            "measure_m": measures,
            "length_m": 1.0,
            "taken_at": pd.Timestamp("2024-03-02T01:00:00Z"),
        }
    )


def test_i11_coverage_of_a_survey(tmp_path):
    """
    Frames of 1 m: f1 begins half way in f0, f2 is cut short, f3 is black, f4 is the picture of f0, f5 stands twice.

    So 0-1.5 m are seen (0.5-1 twice), 1.5-3 not at all, 3-4 not judged, 4-5 not at all, 5-6 once.
    """
    content = [png(road(seed=n)) for n in range(6)]
    content[2] = content[2][:-200]
    content[3] = png(np.zeros((500, 900, 3), np.uint8))
    content[4] = content[0]
    files = {f"{n}.png": tmp_path / f"{n}.png" for n in range(6)}
    for path, data in zip(files.values(), content, strict=True):
        path.write_bytes(data)
    listed = listed_at([0.0, 0.5, 2.0, 3.0, 4.0, 5.0])
    listed = pd.concat([listed, listed.tail(1)])
    result = quantify_frames(listed, files, CAMERA, settings=SETTINGS)
    told = [
        ("overlap", 0.5, 1.0, 0.5, "f0", "f1"),
        ("gap", 1.5, 3.0, 1.5, "f1", "f3"),
        ("unjudged", 3.0, 4.0, 1.0, "f1", "f5"),
        ("doubled", 4.0, 5.0, 1.0, "f0", "f4"),
        ("gap", 4.0, 5.0, 1.0, "f3", "f5"),
        ("doubled", 5.0, 6.0, 1.0, "f5", "f5"),
    ]
    pd.testing.assert_frame_equal(result.coverage[COLUMNS], pd.DataFrame(told, columns=COLUMNS), check_dtype=False)
    good, wrong = check(result.coverage, "frame_coverage", file="x")
    assert wrong.empty
    assert len(good) == len(told)
    # each place once: 0-0.75, 0.75-1.5 and 5-6
    spans = result.events[["from_m", "to_m"]].drop_duplicates().sort_values("from_m").to_numpy()
    np.testing.assert_allclose(spans, [[0, 0.75], [0.75, 1.5], [5, 6]])
    messages = result.faults.set_index("value")["message"]
    assert messages["f4"] == "Frame f4 is byte for byte the picture of frame f0, which was taken elsewhere."
    assert messages["f5"] == "Frame f5 stands twice."


def test_i11_coverage_is_published_and_told_in_the_report(served, settings, tmp_path):
    measures = [10_000.0, 10_001.0, 10_004.0]
    rows = [f"{n}.png,N1,S,1,{m},2.0,2024-03-02T00:30:0{n}+08:00" for n, m in enumerate(measures)]
    files = {f"frames/{n}.png": png(road(height=1000, seed=n)) for n in range(3)}
    files["positions.csv"] = "\n".join(["file,route,direction,lane,measure_m,length_m,taken_at", *rows]) + "\n"
    data = [{"kind": "frames", "files": "frames/**", "positions": "positions.csv"}]
    sent = package(tmp_path / "sent", files, data, camera={"kind": "downward", "mm_per_pixel": 2.0})
    report = ingest_package(sent, store=served, settings=settings, progress=silent, user="t")
    assert report.state == "published", report.text()
    assert len(report.rejected) == 0
    assert "N1 S lane 1: Gaps: 1, 1.0 m in all. Overlaps: 1, 1.0 m in all." in report.text()
    table = published.table(served, "frame_coverage")
    assert table[COLUMNS].to_numpy().tolist() == [
        ["overlap", 10_001.0, 10_002.0, 1.0, "0", "1"],
        ["gap", 10_003.0, 10_004.0, 1.0, "1", "2"],
    ]
    assert report.counts["frame_coverage"] == 2
    # sent again without its gap nothing is said of fewer rows
    whole = files["positions.csv"].replace("10001.0", "10002.0")
    better = package(tmp_path / "again", files | {"positions.csv": whole}, data,
                     camera={"kind": "downward", "mm_per_pixel": 2.0})  # fmt: skip
    report = ingest_package(better, store=served, settings=settings, progress=silent, user="t")
    assert report.state == "published", report.text()
    assert not report.counts.get("frame_coverage")
    assert "fewer" not in set(report.faults["rule"])


def test_i11_a_place_whose_first_picture_was_named_before_is_seen_by_its_second():
    place = {"route": "N1", "direction": "S", "lane": "1", "taken_at": pd.Timestamp("2024-03-02T01:00:00Z")}
    rows = [{"frame": "f1", "measure_m": 0.0}, {"frame": "f1", "measure_m": 5.0}, {"frame": "f2", "measure_m": 5.0}]
    listed, doubled = without_repeats(pd.DataFrame(rows).assign(**place))
    assert listed["frame"].tolist() == ["f1", "f2"]
    assert doubled[["measure_m", "as_frame", "moved"]].to_numpy().tolist() == [[5.0, "f1", False]]
