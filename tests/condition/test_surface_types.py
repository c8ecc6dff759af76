"""Rules of grading from the names of materials."""

import pandas as pd

from pavement.condition.surface_types import surface_types


def test_names_of_concrete_are_known_and_all_else_is_asphalt() -> None:
    names = pd.Series(["SMA", "", None, "CRCP 25 cm", "水泥混凝土", "jpcp", "開放級配"])
    expected = ["asphalt", "asphalt", "asphalt", "continuous", "jointed", "jointed", "asphalt"]
    assert surface_types(names).tolist() == expected
    assert surface_types(pd.Series(dtype=object)).empty
