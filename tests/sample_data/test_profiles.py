"""Made profiles have the roughness and the ruts they were made with, computed by the product's own measures."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.iri import segment_roughness
from pavement.measures.rutting import rut_depths
from sample_data.profiles import OFFSETS, longitudinal, transverse


def lane(iri: list[float], rut: list[float]) -> pd.DataFrame:
    """Return the cells of one lane from 12 000 m on, the last one 50 m long."""
    start = 12_000.0 + 100 * np.arange(len(iri))
    end = start + np.where(np.arange(len(iri)) < len(iri) - 1, 100.0, 50.0)
    place = {"route": "N99", "direction": "S", "lane": "1"}
    return pd.DataFrame({**place, "from_m": start, "to_m": end, "iri": iri, "rut": rut})


CELLS = lane([0.8, 0.9, 3.5, 1.2, 1.1, 2.4, 0.7, 1.5], [1.0, 2.0, 4.0, 8.0, 15.0, 3.0, 0.5, 6.0])


@pytest.mark.parametrize("sense", [1, -1])
def test_roughness_comes_back(sense: int) -> None:
    made = longitudinal(CELLS, sense=sense, seed=1, year=2024)
    metres = made.assign(
        measure_m=made["measure_mm"] / 1000,
        elevation_left=made["elevation_left"] / 1e6,
        elevation_right=made["elevation_right"] / 1e6,
    )
    assert (np.diff(metres["measure_m"]) * sense > 0).all()
    found = segment_roughness(metres, length=100.0, lead_in=0.0).sort_values("from_m")
    np.testing.assert_allclose(found["iri"], CELLS["iri"], rtol=0.03)
    assert found["to_m"].max() == pytest.approx(12_750, abs=0.6)


def test_the_road_keeps_its_shape_from_year_to_year() -> None:
    one, other = (longitudinal(CELLS, sense=1, seed=1, year=y)["elevation_left"].diff().dropna() for y in (2023, 2024))
    assert np.corrcoef(one, other)[0, 1] > 0.9
    assert not np.array_equal(one, other)


def test_ruts_come_back() -> None:
    """Noise of 0.1 mm and a straightedge on its highest points read a little deep."""
    made = transverse(CELLS, sense=1, seed=1, year=2024)
    heights = made[[f"{o:.2f}" for o in OFFSETS]].to_numpy()
    left, right = rut_depths(heights, OFFSETS)
    cell = ((made["measure_m"] - 12_000) // 100).to_numpy().astype(int)
    found = pd.Series((left + right) / 2).groupby(cell).mean()
    np.testing.assert_allclose(found, CELLS["rut"], atol=0.35)


def test_one_profile_every_ten_metres() -> None:
    made = transverse(CELLS, sense=-1, seed=1, year=2024)
    assert made["measure_m"].iloc[0] == 12_745.0
    assert set(np.diff(made["measure_m"])) == {-10.0}
