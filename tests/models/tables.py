"""Plain tables of histories as people have them: whole years, text ids, a marker of works."""

import numpy as np
import pandas as pd

from models.history_mapping import Mapping, mapping_of

COLUMNS = {
    "id": ["route", "cell"],
    "site": "site",
    "year": "year",
    "value": "iri",
    "work": "works",
    "age": "age",
    "load": "esal",
    "family": "surface",
    "features": ["asphalt", "zone"],
}


def mapping(columns: dict[str, object] | None = None, **units: str) -> Mapping:
    return mapping_of({"columns": COLUMNS if columns is None else columns, "units": units}, file="map.toml")


def without(*names: str, features: tuple[str, ...] = ()) -> dict[str, object]:
    return {k: v for k, v in COLUMNS.items() if k not in (*names, "features")} | {"features": list(features)}


def history(*, sites: int = 40, cells: int = 4, years: int = 9, seed: int = 5, first: int = 2008) -> pd.DataFrame:
    """Return cells that roughen by 0.03 + 0.05 x load [million], with survey noise of 0.03; a third are resurfaced."""
    rng = np.random.default_rng(seed)
    count = sites * cells
    cell, step = np.repeat(np.arange(count), years), np.tile(np.arange(years), count)
    load, start = rng.uniform(0, 2, sites)[cell // cells], rng.uniform(0.9, 1.6, count)[cell]
    done = (cell % 3 == 0) & (step >= years // 2)
    grown = (0.03 + 0.05 * load) * np.where(done, step - years // 2, step)
    return pd.DataFrame(
        {
            "route": "N1",
            "cell": [f"{c:04d}" for c in cell],
            "site": [f"s{c // cells:02d}-{seed}" for c in cell],
            "year": first + step,
            "iri": (np.where(done, 0.8, start) + grown + rng.normal(0, 0.03, len(cell))).round(4),
            "works": done.astype(int),
            "age": np.where(done, step - years // 2, step + cell % 7),
            "esal": (load * 1e6).round(),
            "surface": np.where(cell % 2 == 0, "AC", "PCC"),
            "asphalt": rng.uniform(5, 30, count)[cell].round(1),
            "zone": np.where(cell % 5 == 0, "coast", "hills"),
        }
    )
