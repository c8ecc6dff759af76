"""Materials: what lies at the surface and under it, by the last record or work."""

import pandas as pd
import pytest

from pavement.condition.cell_material import material_values
from tests.condition.test_quality import NONE, repaired

CELLS = pd.DataFrame(
    {"cell": ["a", "b"], "route": "N1", "direction": "S", "lane": "1", "from_m": [0.0, 100.0], "to_m": [100.0, 200.0]}
)


def layers(surveyed: str = "2015-05-01") -> pd.DataFrame:
    rows = [(1, "asphalt", "dense"), (2, "asphalt", "binder"), (3, "treated_base", "cement"), (4, "subbase", "gravel")]
    place = {"route": "N1", "direction": "S", "lane": "", "from_m": 0.0, "to_m": 100.0, "placed_on": pd.NaT}
    frame = pd.DataFrame(rows, columns=["layer", "kind", "material"])
    return frame.assign(surveyed_on=pd.Timestamp(surveyed), run="r-layers", **place)


def of(cell: str, years: list[int], *, recorded: pd.DataFrame, works: pd.DataFrame = NONE) -> pd.DataFrame:
    found = material_values(CELLS, recorded, works, years)
    return found[found["cell"] == cell].set_index("year")


def test_uppermost_layers_hold_from_their_survey_and_before_it() -> None:
    found = of("a", [2012, 2015, 2020], recorded=layers())
    assert found["surface_material"].tolist() == ["dense"] * 3
    assert found["base_material"].tolist() == ["cement"] * 3
    assert set(found["surface_material_run"]) == {"r-layers"}
    assert set(found["surface_material_quality"]) == {"recorded"}


def test_a_cell_without_records_has_no_material_and_no_run() -> None:
    found = of("b", [2020], recorded=layers())
    assert found.loc[2020].drop("cell").tolist() == [""] * 6


@pytest.mark.parametrize(
    ("mix", "after"),
    [
        ({"kind": "open graded", "material": "modified"}, "open graded modified"),
        ({"kind": "dense", "material": "dense asphalt"}, "dense asphalt"),
        ({"kind": "dense", "material": ""}, "dense"),
        ({}, ""),
    ],
)
def test_a_new_surface_replaces_the_layer_on_record_and_leaves_the_base(mix: dict[str, str], after: str) -> None:
    found = of("a", [2018, 2019], recorded=layers(), works=repaired("2019-06-01").assign(**mix))
    assert found["surface_material"].tolist() == ["dense", after]
    assert found["surface_material_run"].tolist() == ["r-layers", "k"]
    assert found["base_material"].tolist() == ["cement"] * 2


def test_before_a_work_nothing_is_known_of_the_surface_unless_it_was_recorded() -> None:
    work = repaired("2010-06-01").assign(material="modified")
    found = of("a", [2009, 2010, 2015], recorded=layers(), works=work)
    assert found["surface_material"].tolist() == ["", "modified", "dense"]


def test_sealing_cracks_lays_no_surface() -> None:
    sealed = repaired("2019-06-01", treatment="crack_seal").assign(material="bitumen")
    assert of("a", [2020], recorded=layers(), works=sealed)["surface_material"].tolist() == ["dense"]
