"""Quality of one run and the gate before publishing: what is checked, against which limits, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pavement.condition.run_comparison import change_checks, reference_checks, repeat_checks
from pavement.condition.run_sensors import COLUMNS, sensor_checks
from pavement.schema import measures, read_table

OK, DOUBT, HOLD, NOT_JUDGED = "ok", "doubt", "hold", "not judged"
# what derives from the network or the records and not from a sensor of the run
_GROUPS = ("condition", "structure")


@dataclass(frozen=True)
class RunValues:
    """
    What one run brought and what it is compared with.

    Attributes
    ----------
    measured
        Its rows of ``cell_values``.
    cells
        The network's cells.
    earlier
        Rows of ``cell_values`` of the other surveys in force.
    works, references
        Tables of those names.
    paths
        Wheel paths measured, as :func:`pavement.condition.run_sensors.wheel_paths` gives them.
    refused, read
        Records refused, and all records read.
    clocks
        Checks of the clocks of its instruments: check, kind, value [s], count; of several the worst stands.
    """

    measured: pd.DataFrame
    cells: pd.DataFrame
    earlier: pd.DataFrame
    works: pd.DataFrame
    references: pd.DataFrame
    paths: pd.DataFrame
    refused: int = 0
    read: int = 0
    clocks: pd.DataFrame = field(default_factory=pd.DataFrame)


def run_quality(run: RunValues) -> pd.DataFrame:
    """
    Return the checks of a run, each with its limits and verdict.

    Returns
    -------
    quality
        Rows of table ``run_quality``: check, kind, value [unit], unit, count (of what was judged), doubt and hold (the
        limits of ``tables/run_checks.csv``), verdict: ``ok``, ``doubt``, ``hold`` or, where too little was there to
        judge, ``not judged``. Of few, no shares or medians are judged but what is gross: over ``gross`` it is held,
        over ``hold`` doubtful.
    """
    groups = measures()["group"]
    own = run.measured[run.measured["kind"].map(groups).isin(_GROUPS)]
    earlier = run.earlier[run.earlier["kind"].isin(own["kind"].unique()) & run.earlier["cell"].isin(own["cell"])]
    parts = [
        sensor_checks(own, run.cells, run.paths),
        repeat_checks(own, earlier),
        change_checks(own, earlier, run.cells, run.works),
        reference_checks(own, run.cells, run.references),
        _clocks(run),
        _refused(run),
    ]
    return judged(pd.concat([p for p in parts if len(p)] or [pd.DataFrame(columns=COLUMNS)], ignore_index=True))


def _clocks(run: RunValues) -> pd.DataFrame:
    if run.clocks.empty:
        return run.clocks
    worst = run.clocks.groupby(["check", "kind"], as_index=False, sort=False).agg({"value": "max", "count": "sum"})
    return worst[COLUMNS].reset_index(drop=True)


def _refused(run: RunValues) -> pd.DataFrame:
    share = run.refused / run.read if run.read else np.nan
    return pd.DataFrame([{"check": "refused", "kind": "", "value": share, "count": run.read}])


def judged(checks: pd.DataFrame) -> pd.DataFrame:
    """
    Return checks that have limits, with limits and verdict; those without a row in ``run_checks.csv`` are left out.
    """
    rules = read_table("run_checks").set_index(["check", "kind"])
    keys = pd.MultiIndex.from_arrays([checks["check"].astype(str), checks["kind"].astype(str)])
    found = checks[keys.isin(rules.index)].reset_index(drop=True)
    rule = rules.reindex(keys[keys.isin(rules.index)]).reset_index(drop=True)
    unit = rule["unit"]
    value = found["value"].astype(float)
    doubt, hold = (pd.to_numeric(rule[c], errors="coerce") for c in ("doubt", "hold"))
    sign = np.where(rule["worse"] == "high", 1.0, -1.0)
    numbers = (found["count"], rule["count_min"], rule["few_min"])
    count, needed, few = (pd.to_numeric(column, errors="coerce") for column in numbers)
    # few are judged by size alone: what would hold many is a doubt, and only what is gross holds them
    small = (count < needed) & (count >= few)
    doubt, hold = doubt.mask(small, hold.fillna(doubt)), hold.mask(small, pd.to_numeric(rule["gross"], errors="coerce"))
    enough = (count >= needed) & value.notna()
    seen = enough | (small & (sign * (value - doubt) > 0))
    verdict = np.select(
        [~seen, sign * (value - hold) > 0, sign * (value - doubt) > 0], [NOT_JUDGED, HOLD, DOUBT], default=OK
    )
    return pd.DataFrame(
        {
            **{c: found[c] for c in ("check", "kind")},
            "value": value,
            "unit": unit,
            "count": found["count"].astype("int64"),
            "doubt": doubt,
            "hold": hold,
            "verdict": verdict,
        }
    )


def no_checks() -> pd.DataFrame:
    """Return the checks of a run that brought nothing to judge."""
    return judged(pd.DataFrame(columns=COLUMNS))


def too_few(quality: pd.DataFrame) -> pd.Series:
    """
    Return how many each check would need where too few were there to judge it, missing elsewhere.

    Parameters
    ----------
    quality
        Rows of table ``run_quality``.
    """
    needed = read_table("run_checks").set_index(["check", "kind"])["count_min"]
    keys = pd.MultiIndex.from_arrays([quality["check"].astype(str), quality["kind"].astype(str)])
    least = pd.to_numeric(needed.reindex(keys), errors="coerce").set_axis(quality.index)
    return least.where((quality["verdict"] == NOT_JUDGED) & (quality["count"] < least)).astype("Int64")


def held(quality: pd.DataFrame) -> pd.DataFrame:
    """Return the checks for which a run is not published."""
    return quality[quality["verdict"] == HOLD]
