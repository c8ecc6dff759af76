"""Properties of cells and of what is gathered onto them: nothing lost, nothing twice, the same from either end."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.measures.iri import segment_roughness
from pavement.network.overlay import gather
from tests.examples import examples

ROAD = {"route": "N9", "direction": "S", "lane": "1"}
KIND = {"method": "m", "quality": "measured", "surveyed_on": pd.Timestamp("2024-03-02")}


def cells_at(cuts) -> pd.DataFrame:
    ids = [f"c{n:03d}" for n in range(len(cuts) - 1)]
    return pd.DataFrame({"cell": ids, "from_m": cuts[:-1], "to_m": cuts[1:]}).assign(**ROAD)


def events_of(rows, kind) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["from_m", "to_m", "value"], dtype=float)
    return frame.assign(kind=kind, **ROAD, **KIND)


lanes = st.lists(st.floats(5, 200), min_size=1, max_size=6).map(lambda steps: np.concatenate([[0.0], np.cumsum(steps)]))
shares = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 10)), min_size=1, max_size=8)


def stretches(asked, length) -> list[tuple[float, float, float]]:
    """Return stretches on a lane, each longer than a centimetre."""
    ends = [(min(a, b) * length, max(a, b) * length, v) for a, b, v in asked]
    return [(a, b, v) for a, b, v in ends if b - a > 0.01] or [(0.0, length, 1.0)]


@settings(max_examples=examples(30), deadline=None)
@given(lanes, shares, st.sampled_from(["iri", "pothole_area", "rut_max"]))
def test_g5_the_same_road_measured_from_its_other_end_has_the_same_values_mirrored(cuts, asked, kind) -> None:
    length = cuts[-1]
    rows = stretches(asked, length)
    forth = gather(events_of(rows, kind), cells_at(cuts), coverage_min=0.5).set_index("cell")
    turned = [(length - b, length - a, v) for a, b, v in rows]
    back = gather(events_of(turned, kind), cells_at(length - cuts[::-1]), coverage_min=0.5)
    mirror = {f"c{n:03d}": f"c{len(cuts) - 2 - n:03d}" for n in range(len(cuts) - 1)}
    back = back.assign(cell=back["cell"].map(mirror)).set_index("cell")
    shown = sorted(set(forth.index) & set(back.index))
    # mirrored cuts differ by rounding, so a sliver of a micrometre may count from one end alone
    slivers = forth.drop(shown)["coverage"].sum() + back.drop(shown)["coverage"].sum()
    assert slivers < 1e-6
    np.testing.assert_allclose(forth.loc[shown, "coverage"], back.loc[shown, "coverage"], atol=1e-6)
    whole = [c for c in shown if forth.loc[c, "coverage"] > 1e-3]
    if kind != "rut_max":
        np.testing.assert_allclose(forth.loc[whole, "value"], back.loc[whole, "value"], atol=1e-3)


@settings(max_examples=examples(25), deadline=None)
@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_g5_a_drive_against_the_measure_has_the_roughness_of_one_along_it(count, seed) -> None:
    """The same heights in the order of travel, once with growing and once with falling measure, cell by cell."""
    length = 100.0 * count
    along = np.arange(0.05, length, 0.25)  # no slope on a border, which belongs to the cell that begins there
    heights = np.random.default_rng(seed).normal(0, 0.001, (2, len(along))).cumsum(axis=1)
    track = {"elevation_left": heights[0], "elevation_right": heights[1]}
    forth = segment_roughness(pd.DataFrame({"measure_m": along, **track}), length=100.0)
    back = segment_roughness(pd.DataFrame({"measure_m": length - along, **track}), length=100.0)
    assert len(forth) == len(back) == count
    for kind in ("iri_left", "iri_right", "iri", "hri", "samples"):
        np.testing.assert_allclose(forth[kind], back[kind].to_numpy()[::-1], rtol=1e-9)
    np.testing.assert_allclose(forth["from_m"], length - back["to_m"].to_numpy()[::-1], atol=0.26)


@settings(max_examples=examples(30), deadline=None)
@given(lanes, shares)
def test_g7_amounts_add_up_to_what_was_measured(cuts, asked) -> None:
    rows = stretches(asked, cuts[-1])
    got = gather(events_of(rows, "pothole_area"), cells_at(cuts), coverage_min=0.0)
    np.testing.assert_allclose(got["value"].sum(), sum(v for *_, v in rows), atol=1e-3)


@settings(max_examples=examples(30), deadline=None)
@given(lanes, st.lists(st.tuples(st.floats(0.02, 1), st.floats(0, 10)), min_size=1, max_size=8))
def test_g7_lengths_and_means_add_up_where_nothing_overlaps(cuts, parts) -> None:
    """Stretches side by side: covered lengths, and value times length, are those of the stretches."""
    ends = cuts[-1] * np.concatenate([[0.0], np.cumsum([p for p, _ in parts]) / sum(p for p, _ in parts)])
    rows = [(a, b, v) for a, b, (_, v) in zip(ends, ends[1:], parts, strict=False)]
    lane = cells_at(cuts)
    got = gather(events_of(rows, "iri"), lane, coverage_min=0.0)
    covered = got["coverage"].to_numpy() * (lane["to_m"] - lane["from_m"]).to_numpy()
    np.testing.assert_allclose(covered.sum(), cuts[-1], atol=1e-4)
    np.testing.assert_allclose((got["value"] * covered).sum(), sum((b - a) * v for a, b, v in rows), atol=1e-2)


@settings(max_examples=examples(30), deadline=None)
@given(lanes, st.lists(st.floats(0, 1), max_size=8))
def test_g15_every_place_is_of_one_cell_both_ends_of_the_lane_too(cuts, at) -> None:
    """Every cut, the two ends and any place between, against the plain rule; a gap holds nothing."""
    lane = cells_at(cuts)
    places = np.unique(np.concatenate([cuts, np.array(at) * cuts[-1]]))
    days = [pd.Timestamp(year=2000 + n, month=1, day=1) for n in range(len(places))]  # each place a year of its own
    events = events_of([(p, p, 1.0) for p in places], "ism").assign(surveyed_on=days)
    got = gather(events, lane, coverage_min=0.0).sort_values("year")
    held = (lane["from_m"].to_numpy() <= places[:, None]) & (places[:, None] < lane["to_m"].to_numpy())
    held[-1, -1] = True
    assert held.sum(axis=1).tolist() == [1] * len(places)
    assert got["year"].tolist() == [day.year for day in days]
    assert got["cell"].tolist() == lane["cell"].to_numpy()[held.argmax(axis=1)].tolist()


def test_g15_the_end_of_a_piece_before_a_gap_is_its_own_and_the_gap_is_nobodys() -> None:
    lane = cells_at(np.array([0.0, 100.0, 150.0, 250.0])).drop(index=1)
    got = {
        m: gather(events_of([(m, m, 1.0)], "ism"), lane, coverage_min=0.0)["cell"].tolist()
        for m in (100, 120, 150, 250)
    }
    assert got == {100: ["c000"], 120: [], 150: ["c002"], 250: ["c002"]}
