"""Programme sanity: what a plan spends beside what the agency spent in former years."""

from __future__ import annotations

import pandas as pd

from pavement.dates import calendar_year
from pavement.errors import Fault, PlanError, SurveyError, fault_frame
from pavement.schema import check, check_heading, read_table
from pavement.units import convert

TABLE = "budget_history"
UNIT = "NT$"


def budget_history(raw: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """
    Return a history of budgets in NT$ by calendar year.

    Parameters
    ----------
    raw
        Table ``budget_history`` as text; ROC years have two or three digits.
    file
        Name shown in faults.

    Returns
    -------
    frame
        year, amount [NT$], lane_km [km], source, status; by year.

    Raises
    ------
    SchemaError
        The heading lacks columns.
    PlanError
        Rows are wrong; with every fault.
    """
    check_heading(raw, TABLE, file=file)
    good, faults = check(raw.fillna("").reset_index(drop=True), TABLE, file=file)
    years, found = [], list[Fault]()
    for number, text in good["year"].items():
        try:
            years.append(calendar_year(str(text)))
        except SurveyError as error:
            years.append(0)
            found.append(Fault(file, int(str(number)) + 2, "year", str(text), "year", error.message, error.cure))
    rows = good.assign(year=years)
    for number in rows.index[rows["year"].duplicated() & (rows["year"] > 0)]:
        year, said = int(rows.loc[number, "year"]), str(good.loc[number, "year"])
        found.append(
            Fault(file, int(number) + 2, "year", said, "duplicate", f"The year {year} stands twice.",
                  "Keep one row for each year; 111 and 2022 are the same.")
        )  # fmt: skip
    every = pd.concat([f for f in (faults, fault_frame(found)) if len(f)] or [faults])
    if len(every):
        every = every.sort_values("row", kind="stable", ignore_index=True)
        raise PlanError(
            f"{file} is not what it must be: {len(every)} fault(s); the first: {every['message'].iloc[0]}",
            cure=str(every["cure"].iloc[0]),
            faults=every,
        )
    pairs = zip(rows["amount"], rows["unit"], strict=True)
    amount = [float(convert(float(value), source=str(unit), target=UNIT)) for value, unit in pairs]
    told = rows.assign(amount=pd.Series(amount, index=rows.index, dtype=float), lane_km=rows["lane_km"].astype(float))
    return told[["year", "amount", "lane_km", "source", "status"]].sort_values("year", ignore_index=True)


def example_history() -> pd.DataFrame:
    """Return the figures that were found in public, as a table to be entered or not; its ROC years as whole numbers."""
    found = read_table("budget_history_example")
    return found.assign(year=found["year"].astype(int))


def lane_km(units: pd.DataFrame) -> float:
    """Return the lane length of units. [km]"""
    return float((units["to_m"] - units["from_m"]).sum() / 1000.0)


def beside_history(spent: pd.Series, length: float, history: pd.DataFrame) -> pd.DataFrame:
    """
    Return what a plan spends beside a history, per lane-km.

    Parameters
    ----------
    spent
        Cost by calendar year. [NT$]
    length
        Lane length of the plan. [km]
    history
        From :func:`budget_history`.

    Returns
    -------
    frame
        A row a measure of ``budget_range.csv``: measure, plan, history, ratio, low, high, verdict (``within``,
        ``below``, ``above``; ``unknown`` where the lane length of no year is known). Money per lane-km and year.
        [NT$/km], of ``whole_network`` lane lengths. [km]

    Notes
    -----
    Years whose lane length is unknown do not count. Money is that of its year: neither is brought to one price level.
    """
    known = history[history["lane_km"].notna()]
    each = known["amount"] / known["lane_km"]
    former, network = (float(each.mean()), float(known["lane_km"].mean())) if len(known) else (float("nan"),) * 2
    mean, most = (float(spent.mean()), float(spent.max())) if len(spent) else (0.0, 0.0)
    of_plan = {"mean_year": mean / length, "highest_year": most / length, "whole_network": length}
    of_history = {"mean_year": former, "highest_year": former, "whole_network": network}
    limits = read_table("budget_range").set_index("measure")
    rows = []
    for measure, row in limits.iterrows():
        ratio = of_plan[str(measure)] / of_history[str(measure)] if of_history[str(measure)] else float("nan")
        low, high = float(row["low"]), float(row["high"])
        verdict = "unknown" if ratio != ratio else "below" if ratio < low else "above" if ratio > high else "within"
        rows.append((str(measure), of_plan[str(measure)], of_history[str(measure)], ratio, low, high, verdict))
    return pd.DataFrame(rows, columns=["measure", "plan", "history", "ratio", "low", "high", "verdict"])
