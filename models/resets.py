"""Resets: the level that each treatment leaves, with its spread, and how fast the surface ages after it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.parameters import parameter
from models.targets import TARGETS, target_of
from pavement.condition.cell_history import CONSTRUCTION, cell_works
from pavement.schema import measures, read_table, schema

Floats = NDArray[np.float64]
ESTIMATED, DEFAULT, RULE, UNKNOWN = "estimated", "default", "rule", "unknown"
LOG = "log"
# of treatments.csv: the work leaves the kind as it was
SAME = "same"
_SMALLEST = 1e-3
_DAYS = 365.0
# ends of the middle nine tenths, and how many standard deviations of a normal lie between them
_ENDS, _BETWEEN = (0.05, 0.95), 3.29


def default_resets() -> pd.DataFrame:
    """
    Return table ``resets`` without any history: the levels of ``treatments.csv``.

    A treatment that lays no new surface and leaves a kind as it was does so by rule: seals, crack sealing and patching
    lower no roughness (sources in ``treatments.csv``), and no history is asked. Where a new surface is laid and
    ``treatments.csv`` has no level of a kind, it is that of ``reset_scales.csv``.
    """
    treatments = read_table("treatments")
    return pd.concat([_defaults_of(kind, treatments) for kind in TARGETS], ignore_index=True)


def _defaults_of(kind: str, treatments: pd.DataFrame) -> pd.DataFrame:
    scale = _scale(kind)
    written = treatments.get(f"reset_{kind}", pd.Series(np.nan, index=treatments.index))
    renews = (treatments["resets_age"] == "yes").to_numpy()
    level = pd.to_numeric(written, errors="coerce").to_numpy(float)
    level = np.where(np.isnan(level) & renews, scale["new_surface"], level)
    known = ~np.isnan(level)
    frame = pd.DataFrame(
        {
            "treatment": treatments["treatment"],
            "kind": kind,
            "level": level,
            "spread": np.where(known, scale["spread"], np.nan),
            "scale": scale["scale"],
            "capped": True,
            "rate_factor": pd.to_numeric(treatments.get(f"rate_{kind}", pd.Series(1.0, index=treatments.index))),
            "works": 0,
            "basis": np.select([known, ~renews], [DEFAULT, RULE], default=UNKNOWN),
            "rate_works": 0,
            "rate_basis": DEFAULT,
            "source": np.where(pd.to_numeric(written, errors="coerce").notna(), treatments["source"], scale["source"]),
        }
    )
    return frame[list(schema("resets").index)]


def _scale(kind: str) -> pd.Series:
    """Return scale, spread and new_surface of a kind; of one without a row a spread of its noise and no level."""
    table = read_table("reset_scales").set_index("kind")
    if kind in table.index:
        return table.loc[kind]
    return pd.Series({"scale": "linear", "spread": np.nan, "new_surface": np.nan, "source": ""})


def network_works(segments: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """
    Return the surfacing works of a network as :func:`resets` takes them.

    Parameters
    ----------
    segments, works
        As of :func:`models.panel.panel_from_segments`, whose epochs these works begin.
    """
    if works.empty or segments.empty:
        return pd.DataFrame(columns=["unit", "epoch", "treatment", "completed"])
    cells = segments.drop_duplicates("cell").reset_index(drop=True)
    done = cell_works(cells, works).sort_values(["cell", "completed"], ignore_index=True)
    return pd.DataFrame(
        {
            "unit": cells["cell"].astype(str).to_numpy()[done["cell"].to_numpy()],
            "epoch": done.groupby("cell").cumcount() + 1,
            "treatment": done["treatment"],
            "completed": done["completed"],
        }
    )


def resets(panel: pd.DataFrame, works: pd.DataFrame, pairs: pd.DataFrame, *, target: str) -> pd.DataFrame:
    """
    Return table ``resets`` of one target, estimated where works enough were seen.

    Parameters
    ----------
    panel
        Table ``panel``.
    works
        unit, epoch (that it begins), treatment, completed [decimal year].
    pairs
        From :func:`models.fitting.training_pairs` of that panel and target.

    Returns
    -------
    resets
        The defaults, and of a treatment with ``reset_works_min`` jobs or more the level found after it, drawn towards
        the default as if ``reset_pull`` jobs had shown that; so also its rate.

    See Also
    --------
    seen_works : which works count.
    """
    found = default_resets()
    found = found[found["kind"] == target].reset_index(drop=True)
    if works.empty or target not in panel:
        return found
    seen = seen_works(panel, works, target=target)
    after = _rates(pairs, works)
    for at, row in enumerate(found.to_dict("records")):
        if row["basis"] != RULE:
            row = _estimated(row, seen[seen["treatment"] == row["treatment"]])
            row |= _rate(after[after["treatment"] == row["treatment"]])
        found.loc[at, list(row)] = list(row.values())
    return found.infer_objects()


def seen_works(panel: pd.DataFrame, works: pd.DataFrame, *, target: str) -> pd.DataFrame:
    """
    Return the works whose effect on a target was seen: its last survey before and its first after.

    Both lie within ``reset_window`` years of the work. Construction needs none before it. Works without effect (P10: no
    better after than before, and worse than any new surface is left) do not count, nor does a fall that no work
    explains (P9), since only works on record are asked for.

    Returns
    -------
    seen
        unit, treatment, completed, job, before and after, both carried to the day of the work at the mean yearly rate
        of ``targets.csv``.
    """
    surveys = panel.loc[panel[target].notna(), ["unit", "epoch", "time", target]].sort_values(["unit", "time"])
    by = surveys.groupby(["unit", "epoch"], as_index=False)
    last = by.last().assign(epoch=lambda f: f["epoch"] + 1)
    # an epoch without a survey lies between: what was seen before it is not what this work met
    found = works.merge(by.first(), on=["unit", "epoch"])
    found = found.merge(last, on=["unit", "epoch"], how="left", suffixes=("_after", "_before"))
    drift = _sign(target) * target_of(target).drift
    gap = {end: (found[f"time_{end}"] - found["completed"]) for end in ("before", "after")}
    window = parameter("reset_window")
    near = gap["after"].between(0, window)
    met = gap["before"].between(-window, 0)
    found = found.assign(
        before=(found[f"{target}_before"] - drift * gap["before"]).where(met),
        after=(found[f"{target}_after"] - drift * gap["after"]).clip(*measures().loc[target, ["min", "max"]]),
        job=found["treatment"] + " " + np.floor(found["completed"] * _DAYS).astype(int).astype(str),
    )
    idle = _sign(target) * (found[f"{target}_after"] - found[f"{target}_before"]) >= 0
    idle &= _sign(target) * found["after"] > _worst_left(target)
    known = near & (met | (found["treatment"] == CONSTRUCTION)) & ~(met & idle)
    return found.loc[known, ["unit", "treatment", "completed", "job", "before", "after"]].reset_index(drop=True)


def _sign(target: str) -> float:
    """Return 1 where more is worse, -1 where less is."""
    return float(target_of(target).sign)


def _worst_left(target: str) -> float:
    """Return the worst level that any default leaves, worse upwards, with twice its spread."""
    frame = default_resets()
    levels = frame.loc[frame["kind"] == target, ["level", "spread"]].dropna()
    scale = _scale(target)
    if levels.empty:
        return np.inf
    ends = _back(_on(levels["level"].to_numpy(float), scale["scale"]) + 2 * _sign(target) * levels["spread"], scale)
    return float((_sign(target) * ends).max())


def _on(values: Floats, scale: str) -> Floats:
    return np.log(np.maximum(values, _SMALLEST)) if scale == LOG else np.asarray(values, dtype=float)


def _back(values: Floats, scale: pd.Series) -> Floats:
    return np.exp(values) if scale["scale"] == LOG else np.asarray(values, dtype=float)


def _weights(jobs: pd.Series) -> Floats:
    """Return one over the root of the rows of each job: neither every row alike nor every job alike."""
    rows = jobs.map(jobs.value_counts()).to_numpy(float)
    return 1 / np.sqrt(rows)


def _quantile(values: Floats, weight: Floats, shares: tuple[float, ...]) -> Floats:
    """Return weighted quantiles, linear between the middles of the weights."""
    order = np.argsort(values, kind="stable")
    middle = (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum()
    return np.interp(shares, middle, values[order])


def _estimated(row: dict[str, object], seen: pd.DataFrame) -> dict[str, object]:
    """Return a row of the table with level and spread as seen after a treatment, where it was often enough."""
    jobs = int(seen["job"].nunique())
    row = row | {"works": jobs}
    if jobs < parameter("reset_works_min"):
        return row
    scale = _scale(str(row["kind"]))
    values, weight = _on(seen["after"].to_numpy(float), scale["scale"]), _weights(seen["job"])
    low, middle, high = _quantile(values, weight, (_ENDS[0], 0.5, _ENDS[1]))
    spread = (high - low) / _BETWEEN
    start = float(np.asarray(row["level"], dtype=float))
    pull = 0.0 if np.isnan(start) else parameter("reset_pull")
    if pull:
        middle = (jobs * middle + pull * float(_on(np.array([start]), scale["scale"])[0])) / (jobs + pull)
        default = float(np.asarray(row["spread"], dtype=float))
        spread = np.sqrt((jobs * spread**2 + pull * default**2) / (jobs + pull))
    level = float(_back(np.array([middle]), scale)[0])
    low_end = float(measures().loc[str(row["kind"]), "min"])
    return row | {
        "level": round(max(level, low_end), 4),
        "spread": round(float(spread), 4),
        "capped": not _worsens(seen, level, str(row["kind"])),
        "basis": ESTIMATED,
    }


def _worsens(seen: pd.DataFrame, level: float, kind: str) -> bool:
    """Return whether places that were better than the level are plainly worse after the work."""
    sign = _sign(kind)
    good = seen[sign * seen["before"] < sign * level]
    if good["job"].nunique() < parameter("reset_works_min"):
        return False
    change = sign * (good["after"] - good["before"])
    # the noise of the survey before chose these places, so that some rise is to be expected of them
    return bool(np.median(change) > 2 * target_of(kind).noise)


def _rates(pairs: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """Return treatment, job, increment and what the family's rate expects of it for each pair after a work."""
    calm = pairs[~pairs["suspected"].to_numpy(bool)]
    calm = calm.assign(yearly=calm["increment"] / calm["horizon"])
    by = calm.groupby("family")["yearly"]
    # gross errors are cut, falls stay in; the same for the family and for what follows each treatment
    inside = calm["yearly"].between(by.transform("quantile", 0.01), by.transform("quantile", 0.99))
    calm = calm[inside].assign(load=lambda f: f["increment"] * f["horizon"], square=lambda f: f["horizon"] ** 2)
    sums = calm.groupby("family")[["load", "square"]].transform("sum")
    calm = calm.assign(expected=sums["load"] / sums["square"])
    after = calm.merge(works, on=["unit", "epoch"])
    job = after["treatment"] + " " + np.floor(after["completed"] * _DAYS).astype(int).astype(str)
    return after.assign(job=job)[["treatment", "job", "load", "square", "expected"]]


def _rate(after: pd.DataFrame) -> dict[str, object]:
    """Return the rate after a treatment as a share of that of the family, drawn towards 1."""
    jobs = int(after["job"].nunique())
    if jobs < parameter("reset_works_min"):
        return {"rate_works": jobs}
    weight = _weights(after["job"])
    seen, expected = (float((weight * v).sum()) for v in (after["load"], after["expected"] * after["square"]))
    ratio = seen / expected if expected * seen > 0 else (1.0 if expected == 0 else 0.0)
    ratio = float(np.clip(ratio, parameter("rate_factor_min"), parameter("rate_factor_max")))
    pull = parameter("reset_pull")
    return {
        "rate_works": jobs,
        "rate_factor": round((jobs * ratio + pull) / (jobs + pull), 4),
        "rate_basis": ESTIMATED,
    }


def treatments_with(found: pd.DataFrame, treatments: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Return a table of treatments with the estimated levels and later rates of table ``resets`` in the place of its own.

    Parameters
    ----------
    found
        Table ``resets``.
    treatments
        As ``treatments.csv``, which is read when not given.

    Notes
    -----
    Cells stay text as in the file; the source says what was estimated from how many jobs. Targets that it has no column
    for have one of their own: the level, ``same`` where work leaves it as it was, empty where nothing is known.
    """
    table = (read_table("treatments") if treatments is None else treatments).set_index("treatment")
    table = _with_rates(table, found[found["rate_basis"] == ESTIMATED])
    for kind in [t for t in TARGETS if f"reset_{t}" not in table]:
        own = found[found["kind"] == kind].set_index("treatment").reindex(table.index)
        level = own["level"].map(lambda v: "" if pd.isna(v) else f"{v:g}")
        table[f"reset_{kind}"] = level.mask(own["basis"] == RULE, SAME)
    for row in found[found["basis"] == ESTIMATED].to_dict("records"):
        column = f"reset_{row['kind']}"
        if row["treatment"] in table.index:
            table.loc[row["treatment"], "source"] += f"; {column} estimated from {row['works']} jobs"
            table[column] = table[column].astype(object)
            table.loc[row["treatment"], column] = str(row["level"])
    return table.reset_index()


def _with_rates(table: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return treatments, by id, with the later rates that were estimated, as far as the table has a column for them."""
    changed = table.copy()
    for row in found[found["treatment"].isin(table.index)].to_dict("records"):
        column = f"rate_{row['kind']}"
        if column in changed:
            changed.loc[row["treatment"], column] = row["rate_factor"]
            changed.loc[row["treatment"], "source"] += f"; {column} estimated from {row['rate_works']} jobs"
    return changed
