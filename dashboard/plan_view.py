"""A plan as the pages show it."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import pandas as pd

from dashboard.context import Context
from dashboard.i18n import t
from dashboard.places import on_place
from pavement.store import forecasts, plans, runs
from pavement.store.database import Store
from pavement.store.parquet import read_frame
from pavement.store.work_details import STABILITY

# of the data that came in since a forecast so many runs are named
_NAMED = 3


@dataclass(frozen=True)
class PlanView:
    """
    A plan and its frames.

    Attributes
    ----------
    actions, units, condition, left, unplanned
        Frames as saved: works; treatment lengths; year, scenario, kind, mean, good_share, poor_share; units without
        work and why; units that could not be planned and why. The last three may be empty.
    projects
        Table ``plan_projects``; empty where each work stands by itself.
    limits, baselines
        What the plan uses of each limit; what usual ways to plan make of the same strategies. Either may be empty.
    stability
        In how many draws of the forecast each work stays; empty where nobody asked for it.
    objective
        ``benefit`` or ``cost``.
    budgets
        NT$ by year.
    forgotten, former
        How many works of each status people had decided on in the plan before, which this plan knows nothing of.
    value, bound, gap
        Benefit (at least cost: the cost), its proven upper bound, and the gap between them as a share.
    """

    id: str
    made_at: str
    made_by: str
    data_version: int
    actions: pd.DataFrame
    units: pd.DataFrame
    condition: pd.DataFrame
    left: pd.DataFrame
    unplanned: pd.DataFrame
    projects: pd.DataFrame
    limits: pd.DataFrame
    baselines: pd.DataFrame
    stability: pd.DataFrame
    objective: str
    budgets: pd.Series
    value: float
    bound: float
    gap: float
    reason_zh: str
    reason_en: str
    forgotten: dict[str, int]
    former: str


@functools.lru_cache(maxsize=4)
def _plan_view(store: Store, plan: str) -> PlanView:
    saved = plans.named(store, plan)
    summary = saved.summary

    def frame(name: str) -> pd.DataFrame:
        return plans.frame(store, saved, name) if name in saved.objects else pd.DataFrame()

    money = {int(year): float(amount) for year, amount in summary["budgets"].items()}
    return PlanView(
        id=saved.plan,
        made_at=saved.created_at,
        made_by=saved.created_by,
        data_version=saved.data_version,
        actions=frame("actions"),
        units=frame("treatment_lengths"),
        condition=frame("condition"),
        left=frame("left"),
        unplanned=frame("unplanned"),
        projects=frame("plan_projects"),
        limits=frame("limits"),
        baselines=frame("baselines"),
        stability=pd.DataFrame(),
        objective=str(summary.get("method", {}).get("objective", "benefit")),
        budgets=pd.Series(money, dtype=float).sort_index(),
        value=float(summary["value"]),
        bound=float(summary["bound"]),
        gap=float(summary["gap"]),
        reason_zh=str(summary.get("reason_zh", "")),
        reason_en=str(summary.get("reason_en", "")),
        forgotten=dict(summary.get("former", {}).get("decisions", {})),
        former=str(summary.get("former", {}).get("plan", "")),
    )


def newest(context: Context) -> PlanView | None:
    """Return the newest plan, or None."""
    saved = plans.newest(context.store)
    return None if saved is None else _as_it_stands(context, saved)


def chosen(context: Context, name: str) -> PlanView | None:
    """Return the plan of that name, the newest for none; raises a StoreError for a name that no plan has."""
    return _as_it_stands(context, plans.named(context.store, name)) if name else newest(context)


def is_newest(context: Context, plan: PlanView) -> bool:
    """Return whether no plan was made after this one; people decide on that one only."""
    found = plans.newest(context.store)
    return found is not None and found.plan == plan.id


def _as_it_stands(context: Context, saved: plans.SavedPlan) -> PlanView:
    # people decide about actions at any time, here or by a command; all else of a plan never changes
    actions = plans.actions(context.store, saved).sort_values("rank", ignore_index=True)
    found = replace(_plan_view(context.store, saved.plan), actions=actions)
    # how often works stay can be asked for at any time too
    digest = saved.objects.get(STABILITY)
    return replace(found, stability=_frame_of(context.store, digest)) if digest else found


@functools.lru_cache(maxsize=4)
def _frame_of(store: Store, digest: str) -> pd.DataFrame:
    return read_frame(store, digest)


def stale_words(context: Context, plan: PlanView) -> str:
    """Return what has come in since the data or the forecast of a plan, and how it comes up to date; "" for nothing."""
    store = context.store
    if not plans.is_stale(store, plans.named(store, plan.id)):
        return ""
    ahead = forecasts.newest(store)
    if ahead is not None and ahead.data_version == runs.data_version(store):
        return t("A newer forecast has come in since: make the plan again.")
    # a plan made again on the same forecast would be as old
    known = runs.runs(store)
    since = plan.data_version if ahead is None else ahead.data_version
    newer = known.loc[(known["data_version"] > since) & (known["state"] == runs.PUBLISHED), "title"]
    names = t(", ").join(newer.head(_NAMED)) or t("a run was taken back")
    more = t(" and {count} more", count=len(newer) - _NAMED) if len(newer) > _NAMED else ""
    return t("Newer data have come in since the forecast ({names}): forecast again, then make the plan again.",
             names=names + more)  # fmt: skip


def ids(context: Context) -> list[str]:
    """Return the ids of all plans, newest first."""
    return plans.plans(context.store)["plan"].tolist()


def actions_on(plan: PlanView, place: pd.Series) -> pd.DataFrame:
    """Return the actions of a plan that touch a place, by year."""
    return on_place(plan.actions, place).sort_values("year")


def unit_on(plan: PlanView, place: pd.Series) -> pd.Series | None:
    """Return the treatment length that a place belongs to, or None."""
    units = on_place(plan.units, place)
    return units.iloc[0] if len(units) else None


def why_left(plan: PlanView, unit: str) -> pd.Series | None:
    """Return the row that says why a unit has no work, or None."""
    for frame in (plan.unplanned, plan.left):
        found = frame[frame["unit"] == unit] if len(frame) else frame
        if len(found):
            return found.iloc[0]
    return None
