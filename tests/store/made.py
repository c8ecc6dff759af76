"""A small made survey: a kilometre of one lane."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pavement.errors import Fault, fault_frame
from pavement.store.runs import RunDraft

CRS = "EPSG:3826"
LENGTH = 100.0


def cells(*, count: int = 10) -> gpd.GeoDataFrame:
    """Return cells of one lane of N1 southbound from 25k+000."""
    start = 25_000 + LENGTH * np.arange(count)
    return gpd.GeoDataFrame(
        {
            "cell": [f"n1-s-1-{int(m):06d}" for m in start],
            "route": "N1",
            "direction": "S",
            "lane": "1",
            "from_m": start,
            "to_m": start + LENGTH,
        },
        geometry=[shapely.LineString([(250_000, 2_750_000 - m), (250_010, 2_750_000 - m - LENGTH)]) for m in start],
        crs=CRS,
    )


def routes() -> gpd.GeoDataFrame:
    """Return the route of those cells."""
    row = {"route": "N1", "direction": "S", "name_zh": "國道1號", "name_en": "Freeway 1", "sense": 1}
    row |= {"from_m": 25_000.0, "to_m": 26_000.0, "version": "2024-01-01"}
    line = shapely.LineString([(250_000, 2_725_000), (250_010, 2_724_000)])
    return gpd.GeoDataFrame([row], geometry=[line], crs=CRS)


def cell_values(*, years: tuple[int, ...] = (2023, 2024), iri: float = 1.5, count: int = 10) -> pd.DataFrame:
    """Return IRI and rut depth of every cell and year."""
    frames = [
        pd.DataFrame(
            {
                "cell": cells(count=count)["cell"],
                "year": year,
                "kind": kind,
                "value": value + 0.1 * np.arange(count),
                "coverage": 1.0,
                "quality": "measured",
                "method": "made",
                "surveyed_on": pd.Timestamp(year, 3, 2),
            }
        )
        for year in years
        for kind, value in (("iri", iri), ("rut", 4.0))
    ]
    return pd.concat(frames, ignore_index=True)


def works(*, work: str = "w1") -> pd.DataFrame:
    """Return one overlay with the optional cells empty."""
    row = {"work": work, "route": "N1", "direction": "S", "lane": "", "from_m": 25_000.0, "to_m": 25_500.0}
    return pd.DataFrame([row | {"completed_on": pd.Timestamp(2020, 8, 1), "treatment": "mill_overlay"}])


def draft(name: str, *, survey: str | None = None, **tables: pd.DataFrame) -> RunDraft:
    """Return a run named by a letter or two, with one fault listed."""
    fault = Fault("rut.csv", 7, "value", "-1", "range", "value = '-1' is outside its limits.", "Check the unit.")
    return RunDraft(
        run=(name * 64)[:64],
        survey=name if survey is None else survey,
        package=f"{name}.zip",
        title=f"Survey {name}",
        surveyed_on=dt.date(2024, 3, 2),
        manifest={"survey": {"id": name}},
        tables=tables,
        faults=fault_frame([fault, Fault("manifest.toml", None, "", "", "stray", "x.txt is not named.", "")]),
    )


def network(name: str = "a") -> RunDraft:
    """Return a run that brings routes and cells."""
    return draft(name, survey="network", routes=routes(), cells=cells())


def forecast() -> pd.DataFrame:
    """Return a forecast of IRI for two years."""
    frames = [
        pd.DataFrame(
            {
                "cell": cells()["cell"],
                "year": year,
                "kind": "iri",
                "value": 2.0,
                "low": 1.5,
                "high": 2.5,
                "origin_year": 2024,
                "basis": "model",
                "model": "iri-0123456789ab",
            }
        )
        for year in (2025, 2026)
    ]
    return pd.concat(frames, ignore_index=True)


def treatment_lengths() -> pd.DataFrame:
    """Return the two halves of the kilometre."""
    start = np.array([25_000.0, 25_500.0])
    place = {"route": "N1", "direction": "S", "lane": "1", "from_m": start, "to_m": start + 500}
    return pd.DataFrame({"unit": ["n1-s-1-u1", "n1-s-1-u2"]} | place | {"cells": 5, "area_m2": 1825.0})


def actions() -> pd.DataFrame:
    """Return one action on each treatment length, the second ranked first."""
    units = treatment_lengths().drop(columns="cells")
    columns = {"rank": [2, 1], "year": [2026, 2025], "treatment": "mill_overlay", "cost": [1.5e6, 2.5e6]}
    columns |= {"benefit": [100.0, 300.0], "ratio": [1e-4, 2e-4], "price": 1e-5, "status": "proposed"}
    reasons = {"reason_zh": "預測 2025 年 IRI 2.0 m/km", "reason_en": "Forecast IRI of 2025 is 2.0 m/km"}
    return units.assign(plan="", **columns, **reasons)
