"""M6: features that know the future, and places on both sides of a split, are found."""

import numpy as np
import pandas as pd
import pytest

from models.fitting import training_pairs
from models.leaks import leaks, refuse_leaks, refuse_shared
from pavement.errors import ModelError
from tests.models.conftest import made_panel


def found(panel: pd.DataFrame) -> pd.DataFrame:
    return leaks(training_pairs(panel, target="iri", seed=1), panel)


def planted(kind: str, panel: pd.DataFrame) -> pd.Series:
    by = panel.groupby("unit")["iri"]
    after = by.shift(-1)
    return {
        "next": after,
        "next in other units": after * 63.36 + 2,
        "in three years": by.shift(-3),
        "last": by.transform("last"),
        "change": after - panel["iri"],
        "rounded": (after * 20).round() / 20,
        "blurred": after + np.random.default_rng(2).normal(0, 0.005, len(panel)),
    }[kind]


@pytest.mark.parametrize(
    "kind", ["next", "next in other units", "in three years", "last", "change", "rounded", "blurred"]
)
def test_m6_a_planted_leak_is_found_and_refused(panel: pd.DataFrame, kind: str) -> None:
    told = found(panel.assign(x_spy=planted(kind, panel)))
    assert told.query("leak")["feature"].tolist() == ["x_spy"]
    with pytest.raises(ModelError, match="spy column: tells what was only measured later"):
        refuse_leaks(told, columns={"x_spy": "spy column"})


def test_what_is_known_on_the_day_is_no_leak(panel: pd.DataFrame) -> None:
    by = panel.groupby("unit")["iri"]
    rng = np.random.default_rng(3)
    honest = panel.assign(
        x_before=by.shift(),
        x_change=panel["iri"] - by.shift(),
        x_other_wheel=panel["iri"] + rng.normal(0, 0.03, len(panel)),
        x_chance=rng.normal(size=len(panel)),
        x_constant=1.0,
    )
    # the load of the made road truly explains it, at six years more than the noise of two surveys hides
    assert found(honest)[["feature", "leak"]].to_numpy().tolist() == [["esal", False]]


def test_a_load_that_explains_all_of_a_made_road_is_only_named() -> None:
    """Without noise an honest feature can explain everything: the past as well as the future."""
    plain = made_panel(units=100)
    rate = 0.03 + 0.05 * plain["esal"] / 1e6
    start = plain.groupby("unit")["iri"].transform("first")
    told = found(plain.assign(iri=start + rate * (plain["time"] - 2015)))
    assert told[["feature", "leak"]].to_numpy().tolist() == [["esal", False]]
    refuse_leaks(told, columns={})


def test_m6_a_place_in_both_tables_is_refused() -> None:
    first, second = made_panel(units=80), made_panel(units=80, seed=4)
    apart = second.assign(unit="v" + second["unit"], block="c" + second["block"])
    refuse_shared(first, apart, same_sites=False)
    one = apart["unit"] == "vu003"
    for shared in (
        apart.assign(block=apart["block"].where(~one, "b00")),
        apart.assign(unit=apart["unit"].where(~one, "u003")),
    ):
        with pytest.raises(ModelError, match="1 sites or units are in both"):
            refuse_shared(first, shared, same_sites=False)


def test_m6_the_same_sites_are_judged_only_on_later_years() -> None:
    panel = made_panel(units=40)
    early, late = panel[panel["time"] < 2018], panel[panel["time"] > 2018]
    refuse_shared(early, late, same_sites=True)
    with pytest.raises(ModelError, match="before the last survey learned from"):
        refuse_shared(late, early, same_sites=True)
