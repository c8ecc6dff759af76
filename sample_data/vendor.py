"""Yearly survey packages: profiles, the vendor's cracks and skid numbers, and the agency's early tests."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from pavement.dates import roc_date
from sample_data.ageing import History
from sample_data.freeway import Freeway
from sample_data.manifest import survey_of, write_manifest
from sample_data.process import constants, stream_of
from sample_data.profiles import seen, write_profiles
from sample_data.sheets import LANES, stretches_in_words, write_csv


def survey_day(year: int) -> dt.date:
    """Return the first day of the survey of a year."""
    return dt.date(year, 3, 4)


def write_survey(folder: Path, network: Freeway, truth: History, *, year: int, seed: int) -> Path:
    """Write the profile survey of a year: two profiles a lane, and events of cracks and skid numbers."""
    cells = cells_of(truth, year)
    surveyed = seen(cells[~_missed(cells, year)], seed=seed, year=year)
    sense = network.routes.set_index(["route", "direction"])["sense"]
    entries = []
    for _, piece in surveyed.groupby(_pieces(surveyed), sort=False):
        key = (piece["route"].iloc[0], piece["direction"].iloc[0])
        entries += write_profiles(folder, piece, sense=int(sense[key]), seed=seed, year=year)
    write_csv(events(surveyed, year=year, seed=seed), folder / "events.csv")
    survey = survey_of(f"{year}-profile", f"{year} 年鋪面剖面檢測 Profile survey", on=survey_day(year), days=6)
    write_manifest(folder, survey=survey, data=[*entries, {"kind": "events", "file": "events.csv"}])
    return folder


def cells_of(truth: History, year: int) -> pd.DataFrame:
    """Return ground and state of a year, one row a cell, ordered along each lane."""
    cells = truth.ground.merge(truth.states[truth.states["year"] == year], on="cell")
    return cells.sort_values(["route", "direction", "lane", "from_m"], ignore_index=True)


def _missed(cells: pd.DataFrame, year: int) -> pd.Series:
    """Return the cells a survey left out: auxiliary lanes in odd years, a closed lane in 2020, the branch in 2022."""
    odd = (cells["lane"] == "aux") & (year % 2 == 1)
    closed = (
        (cells["route"] == "N99")
        & (cells["direction"] == "S")
        & (cells["lane"] == "2")
        & cells["from_m"].between(19_800, 20_300)
    )
    branch = (cells["route"] == "N98") & (cells["direction"] == "W")
    return odd | (closed & (year == 2020)) | (branch & (year == 2022))


def _pieces(cells: pd.DataFrame) -> pd.Series:
    """Return a number for each unbroken piece of a lane."""
    new = (cells["from_m"] != cells["to_m"].shift()) | (cells["lane"] != cells["lane"].shift())
    new |= (cells["direction"] != cells["direction"].shift()) | (cells["route"] != cells["route"].shift())
    return new.cumsum()


def events(cells: pd.DataFrame, *, year: int, seed: int) -> pd.DataFrame:
    """Return area cracked of each cell and skid number of each kilometre, with the vendor's noise."""
    p, rng = constants(), stream_of(seed, "events", year)
    noise = 1 + rng.normal(0, p["noise_crack"], len(cells))
    value = cells["crack_percent"] * noise + rng.normal(0, p["noise_crack_floor"], len(cells)) * (
        cells["crack_percent"] > 0
    )
    place = ["route", "direction", "lane", "from_m", "to_m"]
    cracks = cells[place].assign(kind="crack_percent", value=value.clip(0, 100).round(2), method="vendor survey")
    part = np.floor(cells["from_m"] / 1000).rename("part")
    skid = cells.groupby(["route", "direction", "lane", part], as_index=False).agg(
        from_m=("from_m", "min"), to_m=("to_m", "max"), esal=("esal_since_work", "mean")
    )
    worn = 60 - 3.2 * np.log1p(skid["esal"] / 1e6) + rng.normal(0, 1.5, len(skid))
    skid = skid.assign(kind="friction_sn", value=worn.round(1), method="locked wheel 80 km/h")
    table = pd.concat([cracks, skid[cracks.columns]], ignore_index=True)
    return table.assign(quality="measured", surveyed_on=survey_day(year).isoformat())


def write_performance(folder: Path, truth: History, *, year: int, seed: int) -> Path:
    """Write the agency's own tests of a year, every 200 m of lanes 1 and 2, under its headers."""
    rng = stream_of(seed, "performance", year)
    cells = cells_of(truth, year)
    cells = cells[cells["lane"].isin(["1", "2"]) & (cells["from_m"] % 200 == 0)].reset_index(drop=True)
    count = len(cells)
    iri = (cells["iri"] + rng.normal(0, 0.08, count)).clip(lower=0.4)
    stiff = 50 / (185 * (6 / cells["sn"]) ** 1.6 * np.exp(-0.22 * cells["strength"]))
    # no formula of PRQI or AARI is public: these only look like such numbers
    table = stretches_in_words(cells).assign(
        車道別=cells["lane"].map(LANES),
        檢測日期=roc_date(dt.date(year, 10, 12)),
        IRI=iri.round(2),
        PRQI=(100 - 16 * iri + rng.normal(0, 1, count)).round(1),
        AARI=(0.35 + 0.42 * iri + rng.normal(0, 0.03, count)).round(2),
        抗滑值SN=(58 - 3 * np.log1p(cells["esal_since_work"] / 1e6) + rng.normal(0, 1.5, count)).round(1),
        撓度ISM=np.where(cells["from_m"] % 1000 == 0, np.char.mod("%.3f", stiff), ""),
    )
    write_csv(table, folder / "performance.csv")
    survey = survey_of(
        f"{year}-performance", f"{year} 年績效檢測 Performance tests", on=dt.date(year, 10, 12), days=9, vehicle="PMS"
    )
    write_manifest(folder, survey=survey, data=[{"kind": "performance", "file": "performance.csv"}])
    return folder
