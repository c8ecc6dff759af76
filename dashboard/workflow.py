"""The long verbs that need several rooms: train, forecast, plan. Both faces call these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from dashboard.decisions import Decisions, asked, carry, decisions, with_costs
from dashboard.policy_files import in_offices, plan_budgets, plan_policy
from models import promotion
from models.forecast import forecast_states
from models.history import MEASURED
from models.kept_resets import kept_resets, with_resets
from models.live import live_models
from models.network import forecast_network, forecasting_models, network_states, prolonged
from models.resets import treatments_with
from models.train import train as train_one
from models.watch import raise_alarms, watch
from pavement.condition.latest_values import latest_values
from pavement.errors import ModelError, PavementError, PlanError
from pavement.planning.answer_words import unasked_words
from pavement.planning.cause import cause_kinds, early_repairs, surface_shares
from pavement.planning.moratoria import FREE_YEAR, free_years
from pavement.planning.optimise import Plan, plan
from pavement.planning.outlook import Forecast, FromCells
from pavement.planning.policy import Policy
from pavement.planning.treatments import Catalogue
from pavement.planning.units import unit_family, unit_forecast, units
from pavement.progress import Progress
from pavement.settings import Settings
from pavement.store import catalogues, forecasts, plans, published, segments
from pavement.store.catalogues import KeptCatalogue
from pavement.store.database import Store
from pavement.store.price_words import price_note

# gains are weighted by it, and roughness costs those who drive
TRAFFIC = ("aadt", "aadtt")
_KEEP_EMPTY = "To keep the plan without works all the same, use --keep-empty or the box on the page."


def train(
    store: Store, settings: Settings, *, targets: Sequence[str], promote: str, user: str, progress: Progress
) -> Iterator[str]:
    """
    Train a candidate for each target; yield how each compares. A target that cannot be trained says why.

    Parameters
    ----------
    promote
        Why each candidate goes live, unless it forecasts worse than the live model; empty to leave it a candidate.

    Raises
    ------
    ModelError
        None could be trained.
    """
    reasons = []
    for target in targets:
        try:
            candidate = train_one(store, target=target, settings=settings, progress=progress, user=user)
        except ModelError as error:
            reasons.append(f"{target}: {error}")
            yield f"{target}: not trained. {error}"
            continue
        live = promote and _promoted(store, settings, candidate.model, user=user, reason=promote)
        yield f"{target}: {candidate.model}{live}; {_skills(candidate.scores)}"
    if len(reasons) == len(targets):
        raise ModelError(f"Nothing was trained. {' '.join(reasons)}")
    if reasons:
        yield "Where it is surveyed, what has no live model follows the ageing curve of targets.csv."


def _promoted(store: Store, settings: Settings, model: str, *, user: str, reason: str) -> str:
    """Make a candidate live and return the word that says so, or why it stays a candidate."""
    try:
        promotion.promote(store, model, user=user, reason=reason, settings=settings)
    except ModelError as error:
        return f" (not promoted: {error})"
    return " (live)"


def _skills(scores: pd.DataFrame) -> str:
    """Return the skill of the forecast over persistence, each split in the order of its horizons."""
    mine = scores[scores["model"] == "forecast"]
    parts = [
        f"{split} "
        + " / ".join(f"{skill:.2f} at {horizon} y" for horizon, skill in zip(g["horizon"], g["skill"], strict=True))
        for split, g in mine.groupby("split", sort=False)
    ]
    return "skill over no change: " + "; ".join(parts)


def forecast(store: Store, settings: Settings, *, user: str, progress: Progress) -> str:
    """Forecast every cell with the live models, and say how many; :func:`refused_models` says which were not used."""
    frame = forecast_network(store, settings=settings, progress=progress, user=user)
    kinds = ", ".join(sorted(frame["kind"].unique()))
    said = f"Forecast {frame['cell'].nunique():,} cells to {frame['year'].max()}: {kinds}."
    said += _first_cracks(frame)
    odd = frame.loc[frame["outside"] != "", "cell"].nunique()
    if odd:
        said += f" {odd:,} of them lie outside what a model learned from; their pages say in what."
    marked = frame.loc[frame["doubt"] != "", "cell"].nunique()
    return f"{said} {marked:,} of them are marked by alarms of the monitor." if marked else said


def refused_models(store: Store) -> list[str]:
    """Return a line for each measure whose live model cannot be trusted: what forecasts instead, and why (M14)."""
    return [f"{kind}: forecast by the ageing curve instead. {why}" for kind, why in live_models(store).refused.items()]


def _first_cracks(frame: pd.DataFrame) -> str:
    """Return how many of the cells without cracks are expected to crack by the middle and the end of a forecast."""
    own = frame[frame["first_crack"].notna()]
    if own.empty:
        return ""
    last, begun = int(own["year"].max()), int(own["origin_year"].max())
    by = own.groupby("year")["first_crack"].sum()
    middle = (begun + last) // 2
    return (
        f" Of {own['cell'].nunique():,} cells without cracks about {by[middle]:,.0f} crack by {middle}"
        f" and {by[last]:,.0f} by {last}."
    )


def after_survey(store: Store, settings: Settings, *, user: str) -> list[str]:
    """Hold the kept forecasts against surveys just published; new alarms go into the audit and are told in a line."""
    if forecasts.newest(store) is None:
        return []
    try:
        raised = raise_alarms(store, watch(store, settings=settings), user=user)
    except PavementError as error:
        # the survey is published all the same
        return [f"The monitor could not run. {error}"]
    return [f"New alarms of the monitor: {len(raised)}; see the models page."] if raised else []


def make_plan(store: Store, settings: Settings, *, user: str, progress: Progress, keep_empty: bool = False) -> str:
    """
    Plan the years after the last survey from the newest forecast, keep the plan, and say what it holds.

    Parameters
    ----------
    keep_empty
        Keep the plan, which makes it the current one, even if it holds no works.

    Raises
    ------
    PlanError
        There is no forecast yet, or the plan holds no works and nobody asked for such a one.
    """
    ready = plan_inputs(store, settings)
    lengths, budgets, decided = ready.lengths, ready.budgets, ready.decided
    made = plan(
        lengths.drop(columns="cells"),
        budgets=budgets,
        forecast=ready.forecast,
        catalogue=ready.catalogue,
        discount_rate=float(settings["discount_rate"]),
        committed=decided.kept,
        forbidden=decided.fitted.forbidden,
        policy=ready.policy,
        progress=progress,
    )
    if made.actions.empty and not keep_empty:
        cure = f"{made.cure} {_KEEP_EMPTY}".strip()
        raise PlanError(f"The plan holds no works. {made.reason_en} {_stays(store)}", cure=cure)
    summary = _summary(made, settings) | {"former": decided.summary, "catalogue": ready.kept.version}
    table = lengths.drop(columns=["office", "family"], errors="ignore")
    told = with_costs(decided, made.overrides, objective=str(made.method["objective"]))
    kept = plans.save(
        store,
        _frames(made, table) | catalogues.frames(ready.kept) | {"plan_decisions": told},
        summary=summary,
        forecast_set=ready.forecast_set,
        user=user,
    )
    carry(store, decided, kept.plan, user=user)
    if made.actions.empty:
        return f"{kept.plan} holds no works and is now the current plan. {made.reason_en}"
    touched = made.actions["unit"].nunique()
    prices = price_note(ready.kept, made.actions["treatment"], language="en")
    return (
        f"{kept.plan}: {len(made.actions)} works on {touched} of {len(lengths)} treatment lengths, "
        f"{budgets.index[0]} to {budgets.index[-1]}, NT$ {made.spent.sum():,.0f} of {budgets.sum():,.0f}. "
        f"{made.method['status']}{_joined(made)} {prices}{decided.words()}{_unasked(made)}"
    )


def _unasked(made: Plan) -> str:
    """Say which years asked for nothing."""
    years = range(int(made.budgets.index[0]), int(made.budgets.index[-1]) + 1)
    said = unasked_words(made.limits, years, objective=str(made.method["objective"]), language="en")
    return f" {said}" if said else ""


def _joined(made: Plan) -> str:
    """Say how many projects the works join into."""
    if made.projects.empty:
        return ""
    saved = made.projects["saved"].sum()
    return (
        f" They join into {made.projects['project'].nunique()} projects, which saves NT$ {saved:,.0f} of mobilisation."
    )


class PlanInputs(NamedTuple):
    """What plans of the newest forecast are made from."""

    lengths: pd.DataFrame
    budgets: pd.Series
    forecast: Forecast
    catalogue: Catalogue
    decided: Decisions
    policy: Policy
    forecast_set: int
    kept: KeptCatalogue


def plan_inputs(store: Store, settings: Settings) -> PlanInputs:
    """
    Return what plans of the newest forecast are made from, under the settings.

    Raises
    ------
    PlanError
        There is no forecast yet, or a file that the settings name is not what it must be.
    """
    basis = forecasts.newest(store)
    if basis is None:
        raise PlanError("There is no forecast to plan from.", cure="Make one: pavement forecast.")
    ahead = forecasts.latest(store)
    first = int(ahead["origin_year"].max()) + 1
    cells, lanes = published.table(store, "cells"), published.table(store, "lanes")
    now = network_states(store)
    # levels after work are those estimated from works where there were enough; the source of the row says so
    kept = with_resets(store, catalogues.current(store))
    rules = kept.rules(treatments_with(kept_resets(store, kept), kept.treatments))
    states = with_latest(
        states_at(now, ahead, year=first), segments.segment_table(store), published.table(store, "works"), rules
    ).join(early_repairs(cells, published.table(store, "works")))
    policy = plan_policy(settings)
    given = asked(store)
    made = units(
        cells,
        states,
        lanes,
        minimum=float(settings["unit_length_min"]),
        maximum=float(settings["unit_length_max"]),
        method=str(settings["unit_method"]),
        decided=given.stretches(),
        aligned=policy.projects is not None,
        curves=rules.curves,
    )
    lengths = in_offices(made, store, settings)
    lengths = lengths.assign(**{FREE_YEAR: free_years(lengths, published.table(store, "works"), kept.treatments)})
    # models of several surfaces ask for it of new surfaces too
    lengths["family"] = unit_family(lengths, cells, now.set_index("unit")["family"])
    years = int(settings["plan_years"])
    budgets = plan_budgets(settings, range(first, first + years))
    every = forecasting_models(store, now, settings=settings)
    # the other targets are forecast for the pages and cost the plan nothing
    models = {kind: model for kind, model in every.items() if kind in rules.curves}
    wanted = ahead[ahead["kind"].isin(models)]
    decided = decisions(given, cells, lengths, years=range(first, first + years), rules=rules)

    def untreated(*, years: int) -> pd.DataFrame:
        of_cells = prolonged(wanted, now, last=first + years, models=models)
        of_cells = of_cells.assign(step=of_cells["year"] - first)
        return unit_forecast(lengths, cells, of_cells[of_cells["step"] >= 0])

    ahead_of_units = FromCells(partial(forecast_states, models=models), untreated)
    return PlanInputs(lengths, budgets, ahead_of_units, rules, decided, policy, basis.id, kept)


def _stays(store: Store) -> str:
    """Say what a plan that was not kept leaves in force."""
    former = plans.newest(store)
    return "It was not kept." if former is None else f"It was not kept and {former.plan} stays the current plan."


def states_at(states: pd.DataFrame, ahead: pd.DataFrame, *, year: int) -> pd.DataFrame:
    """
    Return the states of cells at a year, indexed by cell: forecast kinds from the forecast, older by the years since.

    Cells last surveyed long ago are so brought to the same year as the others.
    """
    now = states.set_index("unit").drop(columns=["block", "family", "epoch", "suspected"], errors="ignore")
    then = ahead[ahead["year"] == year].pivot_table(index="cell", columns="kind", values="value")
    moved = now.assign(**{kind: then[kind].reindex(now.index) for kind in then.columns})
    if "age" in moved:
        moved["age"] = moved["age"] + (year - moved["time"])
    return moved.drop(columns=["time", *[c for c in moved if str(c).endswith(MEASURED)]])


def with_latest(states: pd.DataFrame, table: pd.DataFrame, works: pd.DataFrame, rules: Catalogue) -> pd.DataFrame:
    """Return states with surface, traffic and the newest values of kinds that triggers, penalty or cause ask for."""
    asked = sorted({*rules.triggers["kind"], *rules.curves, *cause_kinds(), *TRAFFIC} - set(states.columns))
    return states.join(latest_values(table, works, kinds=asked)).join(surface_shares(table))


def _frames(made: Plan, lengths: pd.DataFrame) -> dict[str, pd.DataFrame]:
    spend = pd.DataFrame(
        {"year": made.budgets.index, "budget": made.budgets, "spent": made.spent, "price": made.prices}
    )
    return {
        "actions": made.actions,
        "treatment_lengths": lengths,
        "condition": made.condition,
        "spend": spend.reset_index(drop=True),
        "unplanned": made.unplanned,
        "left": made.left,
        "considered": made.considered,
        "margins": made.margins,
        "overrides": made.overrides,
        "limits": made.limits,
        "baselines": made.baselines,
        "plan_projects": made.projects,
    }


def _summary(made: Plan, settings: Settings) -> dict[str, Any]:
    names = ("annual_budget", "plan_years", "discount_rate", "unit_length_min", "unit_length_max", "unit_method",
             "plan_objective", "plan_edge", "plan_projects", "project_length_min", "project_length_max")  # fmt: skip
    return {
        "budgets": {int(y): float(v) for y, v in made.budgets.items()},
        "spent": {int(y): float(v) for y, v in made.spent.items()},
        **{name: getattr(made, name) for name in ("value", "bound", "gap", "reason_zh", "reason_en", "method")},
        "settings": {name: settings[name] for name in names},
    }
