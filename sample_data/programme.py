"""What the made agency builds each year: the worst lengths first, within a share of the network."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sample_data.process import constants

UNIT = 1000.0
THICKNESS = {"mill_overlay": 50.0, "thin_overlay": 25.0, "pothole_patch": 50.0, "crack_seal": np.nan}
_FROM = 5


@dataclass
class Programme:
    """All works so far, one row a cell and work, and the lengths works are decided on."""

    cells: pd.DataFrame
    rows: list[pd.DataFrame] = field(default_factory=list)

    @property
    def unit(self) -> np.ndarray:
        """Number of the length of about 1 km each cell belongs to."""
        keys = self.cells[["route", "direction", "lane"]].assign(part=np.floor(self.cells["from_m"] / UNIT))
        return keys.groupby(list(keys.columns)).ngroup().to_numpy()

    def add(self, treatment: np.ndarray, recorded: np.ndarray, *, year: int, rng: np.random.Generator) -> None:
        """Note the works of a year; `treatment` and `recorded` have one value a cell."""
        done = treatment != ""
        unit = self.unit[done]
        day = rng.integers(0, 90, self.unit.max() + 1)[unit]
        columns = ["cell", "route", "direction", "lane", "from_m", "to_m"]
        self.rows.append(
            self.cells.loc[done, columns].assign(
                treatment=treatment[done], unit=unit, year=year, recorded=recorded[done],
                completed_on=[dt.date(year, 8, 1) + dt.timedelta(days=int(d)) for d in day],
            )
        )  # fmt: skip

    def table(self) -> pd.DataFrame:
        """Return the works: neighbouring cells treated alike in a year are one work; openings first."""
        done = pd.concat(self.rows, ignore_index=True).sort_values(["route", "direction", "lane", "year", "from_m"])
        keys = ["route", "direction", "lane", "year", "treatment", "unit", "recorded", "completed_on"]
        # a length whose cells do not touch is several works
        apart = (done["from_m"] != done["to_m"].shift()).cumsum()
        works = done.groupby([*keys, apart], as_index=False).agg(from_m=("from_m", "min"), to_m=("to_m", "max"))
        works = works.assign(thickness_mm=works["treatment"].map(THICKNESS))
        table = pd.concat([_openings(self.cells), works], ignore_index=True)
        table = table.sort_values(["completed_on", "route", "direction", "from_m", "lane"], ignore_index=True)
        table.insert(0, "work", [f"W{n + 1:05d}" for n in range(len(table))])
        columns = ["work", "route", "direction", "lane", "from_m", "to_m", "completed_on", "treatment", "thickness_mm"]
        return table[[*columns, "recorded"]]


def _openings(cells: pd.DataFrame) -> pd.DataFrame:
    """Return one construction work, all lanes, for each contract."""
    main = cells[cells["lane"] != "aux"]
    grouped = main.groupby(["section", "route", "direction"], as_index=False)
    frame = grouped.agg(
        from_m=("from_m", "min"), to_m=("to_m", "max"), opened=("opened", "first"), thickness_mm=("asphalt_mm", "first")
    )
    day = [dt.date(int(year), 9, 28) for year in frame.pop("opened")]
    return frame.drop(columns="section").assign(lane="", completed_on=day, treatment="construction", recorded=True)


def chosen(
    cells: pd.DataFrame, state: pd.DataFrame, programme: Programme, *, year: int, rng: np.random.Generator
) -> np.ndarray:
    """
    Return the treatment of each cell in a year, "" for none, and note it in the programme.

    Parameters
    ----------
    cells
        Cells with the year each was opened.
    state
        iri [m/km], rut [mm], crack_percent [%], potholes, age [year], one row a cell.
    """
    p = constants()
    unit = programme.unit
    need = (state[["iri", "rut", "crack_percent"]] / [p["act_iri"], p["act_rut"], p["act_crack"]]).max(axis=1)
    length = (cells["to_m"] - cells["from_m"]).to_numpy()
    ready = (cells["opened"].to_numpy() + _FROM <= year) & (state["age"].to_numpy() > _FROM - 1)
    by_unit = need.where(ready, 0.0).groupby(unit).mean().to_numpy()
    mill = _worst(by_unit, np.bincount(unit, length), limit=p["act_share"])
    # thin overlays are tried early on some lengths, never for deep ruts
    chance = (by_unit > p["act_thin"]) & ~mill & (rng.random(len(by_unit)) < p["act_thin_chance"])
    hidden = rng.random(len(by_unit)) < p["act_unrecorded"]
    seal = rng.random(len(by_unit)) < 0.08
    area = state["crack_percent"].to_numpy()
    treatment = np.select(
        [
            mill[unit] & ready,
            chance[unit] & ready,
            state["potholes"].to_numpy() >= 1,
            seal[unit] & (area > 2) & (area < 9),
        ],
        ["mill_overlay", "thin_overlay", "pothole_patch", "crack_seal"],
        "",
    )
    resurfaced = np.isin(treatment, ["mill_overlay", "thin_overlay"])
    programme.add(treatment, ~(hidden[unit] & resurfaced), year=year, rng=rng)
    return treatment


def _worst(need: np.ndarray, length: np.ndarray, *, limit: float) -> np.ndarray:
    """Return the lengths over their limit, worst first, until a share of the network is used up."""
    order = np.argsort(-need, kind="stable")
    used = np.cumsum(length[order]) <= max(limit * length.sum(), UNIT)
    picked = np.zeros(len(need), bool)
    picked[order] = used & (need[order] > 1)
    return picked
