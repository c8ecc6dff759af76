"""Axle groups, spectra and truck factors against single axles by hand."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.axle_spectra import axle_groups, load_bins, load_spectra, measured_factors, scale_doubts
from pavement.measures.rigid_equivalency import load_equivalency_rigid
from pavement.measures.traffic import KN_PER_KIP, load_equivalency

NAN = np.nan
# a five-axle trailer (steering, two tandems), a two-axle truck, and a car
AXLES = np.array([[45, 70, 70, 80, 80], [50, 90, NAN, NAN, NAN], [8, 7, NAN, NAN, NAN]], dtype=float)
SPACINGS = np.array([[3.6, 1.3, 9.0, 1.25], [5.0, NAN, NAN, NAN], [2.7, NAN, NAN, NAN]], dtype=float)
CLASSES = pd.DataFrame({"vehicle_class": ["5", "42", "31"]})


def test_axles_close_together_are_one_group() -> None:
    got = axle_groups(AXLES, SPACINGS)
    assert got.to_numpy().tolist() == [
        [0, 1, 45],
        [0, 2, 140],
        [0, 2, 160],
        [1, 1, 50],
        [1, 1, 90],
        [2, 1, 8],
        [2, 1, 7],
    ]


def test_bins_cover_every_load_once() -> None:
    bins = load_bins()
    for axles, own in bins.groupby("axles"):
        assert own["load_from"].iloc[0] == 0
        np.testing.assert_allclose(own["load_from"].to_numpy()[1:], own["load_to"].to_numpy()[:-1])
        step = {1: 1, 2: 2, 3: 3}[int(axles)]
        np.testing.assert_allclose(np.diff(own["load_from"].to_numpy()[1:]), step * KN_PER_KIP, rtol=1e-5)


def test_every_group_is_in_one_bin() -> None:
    groups = axle_groups(AXLES, SPACINGS)
    got = load_spectra(groups, CLASSES, keys=["vehicle_class"])
    assert got["groups"].sum() == len(groups)
    heaviest = got[(got["axles"] == 2)].iloc[-1]
    assert heaviest["load_from"] <= 160 < heaviest["load_to"]
    assert (got["vehicles"] == 1).all()


def test_factors_from_spectra_are_near_those_of_each_axle() -> None:
    rng = np.random.default_rng(5)
    axles = np.column_stack([rng.normal(50, 5, 4000), rng.normal(90, 20, 4000).clip(20)])
    groups = axle_groups(axles, np.full((4000, 1), 5.0))
    vehicles = pd.DataFrame({"vehicle_class": ["42"] * 4000})
    got = measured_factors(load_spectra(groups, vehicles, keys=["vehicle_class"]), structural_number=5)
    each = load_equivalency(axles, axles=1, structural_number=5).sum(axis=1).mean()
    assert got.loc["42", "truck_factor"] == pytest.approx(each, rel=0.01)
    assert got.loc["42", "vehicles"] == 4000


def vehicles(steering: float, tandem: float, count: int = 40) -> pd.DataFrame:
    frame = pd.DataFrame({"axle_1": [steering] * count, "spacing_2": tandem, "fhwa_class": "9"})
    return frame.assign(counter="W1S", direction="S")


def test_a_scale_is_doubted_by_its_steering_axle_or_tandem() -> None:
    assert scale_doubts(vehicles(45, 1.3)).empty
    assert scale_doubts(vehicles(30, 1.3))["steering"].tolist() == [30]
    assert scale_doubts(vehicles(45, 1.8))["tandem"].tolist() == pytest.approx([1.8])
    assert scale_doubts(vehicles(30, 1.3, count=5)).empty


@pytest.mark.parametrize(("kip", "axles", "expected"), [(30, 1, 8.28), (40, 2, 3.74), (18, 1, 1.0)])
def test_rigid_factors_are_those_of_the_notes(kip: float, axles: int, expected: float) -> None:
    got = load_equivalency_rigid(kip * KN_PER_KIP, axles=axles, slab=9 * 25.4)
    assert round(float(got), 2) == expected
