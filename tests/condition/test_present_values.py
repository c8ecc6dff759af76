"""What stands of a cell today: the newest of each measure, and indices formed from those together."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from pavement.condition.cell_indices import index_values
from pavement.condition.indices import table_index
from pavement.condition.present_values import present_values
from tests.condition.test_quality import NONE, repaired

CELL = "n1-s-1-000000"


def surveyed(day: str, *, quality: str = "measured", coverage: float = 1.0, **kinds: float) -> pd.DataFrame:
    common = {"cell": CELL, "coverage": coverage, "quality": quality, "method": "m", "run": day}
    rows = [common | {"kind": kind, "value": value} for kind, value in kinds.items()]
    return pd.DataFrame(rows).assign(year=pd.Timestamp(day).year, surveyed_on=pd.Timestamp(day))


def present(cells: gpd.GeoDataFrame, *values: pd.DataFrame, works: pd.DataFrame = NONE) -> pd.DataFrame:
    own = cells[cells["cell"] == CELL]
    found = present_values(own, values, indices=index_values(own, values), works=works)
    assert not found.duplicated(["cell", "kind"]).any()
    return found.set_index("kind")


FULL = {"iri": 1.1, "rut": 3.0, "crack_percent": 1.0}


def test_after_a_survey_of_roughness_alone_every_index_rests_on_the_newest_roughness(cells: gpd.GeoDataFrame) -> None:
    found = present(cells, surveyed("2025-03-01", **FULL), surveyed("2026-03-01", iri=3.33))
    together = pd.DataFrame([FULL | {"iri": 3.33}])
    assert found.loc["iri", "value"] == 3.33
    for index in ("psi", "tpqi"):
        assert found.loc[index, "value"] == pytest.approx(table_index(together, index=index)[0])
    # as old as the oldest measure it rests on
    assert str(found.loc["tpqi", "surveyed_on"])[:10] == "2025-03-01"
    assert str(found.loc["psi", "surveyed_on"])[:10] == "2026-03-01"


def test_an_index_is_formed_from_surveys_that_never_met_in_a_year(cells: gpd.GeoDataFrame) -> None:
    found = present(cells, surveyed("2024-03-01", rut=3.0, crack_percent=1.0), surveyed("2026-03-01", iri=1.1))
    assert found.loc["tpqi", "value"] == pytest.approx(table_index(pd.DataFrame([FULL]), index="tpqi")[0])


def test_what_a_work_has_renewed_since_makes_no_index(cells: gpd.GeoDataFrame) -> None:
    old = surveyed("2025-03-01", **FULL)
    done = repaired("2025-09-01")
    assert present(cells, old, works=done).empty
    assert present(cells, old, surveyed("2026-03-01", iri=1.0), works=done).index.tolist() == ["iri", "psi"]
    assert "tpqi" in present(cells, old, works=repaired("2025-02-01")).index


def test_an_index_on_record_stands_until_a_later_year_brings_another(cells: gpd.GeoDataFrame) -> None:
    recorded = surveyed("2025-05-01", quality="recorded", psi=2.5)
    assert present(cells, surveyed("2025-03-01", iri=1.1), recorded).loc["psi", "value"] == 2.5
    later = present(cells, surveyed("2026-03-01", iri=1.1), recorded).loc["psi"]
    assert later["value"] == pytest.approx(table_index(pd.DataFrame({"iri": [1.1]}), index="psi")[0])
    alone = present(cells, recorded)
    assert alone["value"].to_dict() == {"psi": 2.5}


def test_without_values_nothing_stands(cells: gpd.GeoDataFrame) -> None:
    assert present(cells, surveyed("2025-03-01", iri=np.nan).iloc[:0]).empty
