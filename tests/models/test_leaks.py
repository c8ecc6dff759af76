"""M6: features that know the future, and places on both sides of a split, are found."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.all_years import halves, told_of_all_years
from models.fitting import training_pairs
from models.histories import Histories, histories
from models.leaks import leaks, refuse_leaks, refuse_shared
from pavement.errors import ModelError, no_faults
from tests.models.conftest import made_panel
from tests.models.tables import history, mapping


def found(panel: pd.DataFrame) -> pd.DataFrame:
    return leaks(training_pairs(panel, target="iri", seed=1), panel, target="iri")


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
        "blurred more": after + np.random.default_rng(2).normal(0, 0.02, len(panel)),
        "half of it": (after + panel["iri"]) / 2,
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "next",
        "next in other units",
        "in three years",
        "last",
        "change",
        "rounded",
        "blurred",
        "blurred more",
        "half of it",
    ],
)
def test_m6_a_planted_leak_is_found_and_refused(panel: pd.DataFrame, kind: str) -> None:
    told = found(panel.assign(x_spy=planted(kind, panel)))
    assert told.query("leak")["feature"].tolist() == ["x_spy"]
    with pytest.raises(ModelError, match="spy column: tells what was only measured later"):
        refuse_leaks(told, columns={"x_spy": "spy column"})


def test_m6_a_slope_over_all_years_is_named(panel: pd.DataFrame) -> None:
    """Beside luck that nobody measured, so that halves of a history share more than load tells."""
    rng = np.random.default_rng(4)
    luck = pd.Series(rng.normal(0, 0.03, 320), panel["unit"].unique())
    lucky = panel.assign(iri=panel["iri"] + panel["unit"].map(luck) * (panel["time"] - 2015))
    years = lucky["time"] - lucky["time"].mean()
    slope = (lucky["iri"] * years).groupby(lucky["unit"]).transform("sum")
    assert found(lucky).empty
    both = halves(lucky.assign(x_spy=slope), target="iri", names=["x_spy", "esal"])
    assert told_of_all_years(both, "x_spy") is not None
    assert told_of_all_years(both, "esal") is None
    # of seven surveys it tells the noise of the last as well
    assert found(lucky.assign(x_spy=slope))["leak"].tolist() == [True]


def test_m6_what_tells_when_the_next_work_comes_is_named(tmp_path: Path) -> None:
    history(sites=12).to_csv(tmp_path / "a.csv", index=False)
    panel = histories(tmp_path / "a.csv", mapping(), target="iri").panel
    by = panel.groupby(["unit", "epoch"])["time"]
    told = found(panel.assign(x_spy=by.transform("max") - panel["time"]))
    assert ["x_spy", False, "next work"] in told[["feature", "leak", "tells"]].to_numpy().tolist()


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


def named(panel: pd.DataFrame, *, sited: bool = True) -> Histories:
    site = panel["block"] if sited else None
    places = panel[["unit"]].assign(site=site).drop_duplicates()
    return Histories(panel, no_faults(), [], {}, "", {}, places=places)


def test_m6_a_place_in_both_tables_is_refused() -> None:
    first, second = made_panel(units=80), made_panel(units=80, seed=4)
    apart = second.assign(unit="v" + second["unit"], block="c" + second["block"])
    assert refuse_shared(named(first), named(apart), same_sites=False) == []
    one = apart["unit"] == "vu003"
    site = apart.assign(block=apart["block"].where(~one, "b00"))
    unit = apart.assign(unit=apart["unit"].where(~one, "u003"))
    for train, test in (
        (named(first), named(site)),
        (named(first), named(unit, sited=False)),
        (named(first, sited=False), named(unit)),
    ):
        with pytest.raises(ModelError, match="1 sites or units are in both"):
            refuse_shared(train, test, same_sites=False)


def test_m6_units_count_inside_their_site() -> None:
    """Each site numbers its units from one: other sites are other places, and the notes say so."""
    first = made_panel(units=80)
    notes = refuse_shared(named(first), named(first.assign(block="c" + first["block"])), same_sites=False)
    assert notes == ["80 units of the test have the name of a unit learned from, in another site: taken for others."]


def test_m6_a_site_that_was_joined_with_another_keeps_its_name(tmp_path: Path) -> None:
    """A unit of s02 lies in s00 too: both are one place called s00; s02 alone in the test is known none the less."""
    frame = history(sites=5)
    frame.loc[frame.index[0], "site"] = "s02-5"
    frame.to_csv(tmp_path / "a.csv", index=False)
    other = history(sites=5, seed=6)
    other = other.assign(cell="9" + other["cell"], site=other["site"].replace("s01-6", "s02-5"))
    other.to_csv(tmp_path / "b.csv", index=False)
    train, test = (histories(tmp_path / n, mapping(), target="iri") for n in ("a.csv", "b.csv"))
    assert train.panel["block"].nunique() == 4
    with pytest.raises(ModelError, match="1 sites or units are in both tables, such as s02-5"):
        refuse_shared(train, test, same_sites=False)


def test_m6_the_same_sites_are_judged_only_on_later_years() -> None:
    panel = made_panel(units=40)
    early, late = named(panel[panel["time"] < 2018]), named(panel[panel["time"] > 2018])
    refuse_shared(early, late, same_sites=True)
    with pytest.raises(ModelError, match="before the last survey learned from"):
        refuse_shared(late, early, same_sites=True)
