"""In how many draws of the forecast works stay in the plan, as the pages show it."""

from __future__ import annotations

import pandas as pd

from dashboard import grids, plan_view
from dashboard.i18n import number, t


def with_stay_column(columns: list[dict[str, object]], plan: plan_view.PlanView) -> list[dict[str, object]]:
    """Return the columns of the work list, with that of draws in the place of the ratio where there are any."""
    if not len(plan.stability):
        return columns
    tip = t("Share of draws of the forecast in which the same work is planned in the same year.")
    own = grids.number_column("stays", t("Stays [%]"), 0, width=62, tooltipField="stays_text", headerTooltip=tip)
    return [*(column for column in columns if column["field"] != "ratio"), own]


def with_stays(rows: pd.DataFrame, plan: plan_view.PlanView) -> pd.DataFrame:
    """Return rows of the work list with the share of draws in which each work stays [%], and with words for it."""
    if not len(plan.stability):
        return rows
    keys = ["unit", "year", "treatment"]
    known = plan.actions[["rank", *keys]].merge(plan.stability, on=keys, how="left").set_index("rank")
    found = known.reindex(rows["rank"]).reset_index()
    texts = [
        t(
            "stays in {stays} of {draws} draws, in that or a near year in {near}; some work on this length in {unit}",
            stays=int(row.stays), draws=int(row.draws), near=int(row.stays_near), unit=int(row.stays_unit),
        )
        if row.draws == row.draws else ""
        for row in found.itertuples()
    ]  # fmt: skip
    share = 100 * found["stays"] / found["draws"].where(found["draws"] > 0)
    return rows.assign(stays=share.to_numpy(), stays_text=texts)


def stay_note(plan: plan_view.PlanView) -> str:
    """Return the line that says how firmly the works of a plan stand; empty where nobody asked for draws."""
    works = plan.stability
    if not len(works) or not works["draws"].max():
        return ""
    share = {c: number(100 * float((works[c] / works["draws"]).mean())) for c in ("stays", "stays_near", "stays_unit")}
    return t(
        "Made again in {draws} draws of the forecast, {stays} % of the works stay as they are, {near} % in that or a "
        "near year, and {unit} % of their lengths get some work.",
        draws=number(int(works["draws"].max())), stays=share["stays"], near=share["stays_near"],
        unit=share["stays_unit"],
    )  # fmt: skip
