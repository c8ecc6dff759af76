import re

import numpy as np
import pandas as pd
import pytest

from pavement.errors import UnitError
from pavement.schema import measures, read_table, schema, table_names
from pavement.units import convert, unit_sign


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (1.0, "m/km", "in/mi", 63.36),
        (95.0, "in/mi", "m/km", 95 / 63.36),
        (0.4, "in", "mm", 10.16),
        (90.0, "degF", "degC", 32.2222),
        (1.0, "kN/um", "kip/mil", 5.710),
        (18.0, "kip", "kN", 80.068),
    ],
)
def test_factors_against_published_figures(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source=source, target=target) == pytest.approx(expected, rel=2e-4)


def test_arrays_keep_their_kind_and_missing_stays_missing() -> None:
    series = convert(pd.Series([1.0, np.nan], index=[3, 4]), source="m", target="mm")
    assert series.index.tolist() == [3, 4]
    assert series.isna().tolist() == [False, True]


@pytest.mark.parametrize(("source", "target"), [("furlong", "m"), ("mm", "kN")])
def test_unknown_or_unlike_units_are_refused(source: str, target: str) -> None:
    with pytest.raises(UnitError):
        convert(1.0, source=source, target=target)


def test_every_unit_in_a_table_of_lengths_or_shares_is_known() -> None:
    known = set(read_table("units")["unit"])
    outside = {"", "NT$", "1/year", "degC day", "m/m2", "day", "px", "1/km", "kgCO2e/m2", "t"}
    for name in table_names():
        assert set(schema(name)["unit"]) - outside <= known, name
    assert set(measures()["unit"]) - outside <= known


def test_units_are_written_as_people_do_in_both_languages() -> None:
    assert unit_sign("kN/um", language="en") == "kN/µm"
    assert unit_sign("veh/day", language="zh_TW") == "輛/日"
    assert unit_sign("-", language="zh") == ""
    assert unit_sign("mm", language="en") == "mm"


def test_every_measure_shows_its_powers_as_people_write_them() -> None:
    for unit in measures()["unit"]:
        for language in ("zh_TW", "en"):
            assert not re.search(r"m\d", unit_sign(unit, language=language)), unit
