"""The outlook of units: how each would age untreated, and after each treatment that renews the surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.moratoria import FREE_YEAR
from pavement.planning.penalty import Curves, falls, penalty_curves
from pavement.planning.treatments import SURFACE, Catalogue, reset_kinds
from pavement.schema import read_table
from pavement.units import convert

Floats = NDArray[np.float64]
Path = dict[str, Floats]
# what is no state of the pavement
_PLACE = ["unit", "route", "direction", "lane", "from_m", "to_m", "area_m2", "office", FREE_YEAR]
EDGES = ("mean", "high")
# the kind side of the interval: no plan is made on it, but a band ends there
LOW = "low"
# states a call of the forecast, so that the long answer of a large network fits in memory
_STATES = 20_000


class Forecast(Protocol):
    """A callable that tells how states age: columns state, step 0 … years, kind, value."""

    def __call__(self, states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        """Return the forecast of states, one row a state, indexed by state."""


class UnitForecast(Protocol):
    """A callable that tells how units age untreated: columns unit, step 0 … years, kind, value."""

    def __call__(self, *, years: int) -> pd.DataFrame:
        """Return the forecast of all units."""


@dataclass(frozen=True)
class FromCells:
    """
    A forecast that takes units as they are from their cells, and as treatments leave them from their mean state.

    The mean of what the cells become is not what their mean becomes: wear does not grow in proportion.
    """

    states: Forecast
    untreated: UnitForecast

    def __call__(self, states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        """Return the forecast of states."""
        return self.states(states, years=years)


@dataclass(frozen=True)
class Edge:
    """A forecast that tells an edge of another in place of its mean: ``high`` is the pessimistic one."""

    mean: Forecast
    edge: str

    def __call__(self, states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        """Return the edge of the forecast of states."""
        return _edge(self.mean(states, years=years), self.edge)


def at_edge(forecast: Forecast, edge: str) -> Forecast:
    """
    Return a forecast at its ``mean`` or its ``high`` edge, on which a plan can be made.

    Raises
    ------
    PlanError
        There is no such edge.
    """
    if edge not in EDGES:
        raise PlanError(f"A forecast has no edge {edge!r}.", cure=f"Use one of {', '.join(EDGES)}.")
    return forecast if edge == "mean" else end_of_band(forecast, edge)


def end_of_band(forecast: Forecast, edge: str) -> Forecast:
    """Return a forecast at the ``low`` (kind) or ``high`` (pessimistic) end of its interval."""
    if isinstance(forecast, FromCells):
        cells = forecast.untreated

        def untreated(*, years: int) -> pd.DataFrame:
            return _edge(cells(years=years), edge)

        return FromCells(Edge(forecast.states, edge), untreated)
    return Edge(forecast, edge)


def _edge(answer: pd.DataFrame, edge: str) -> pd.DataFrame:
    other = "high" if edge == LOW else LOW
    if edge not in answer:
        raise PlanError(f"The forecast tells no pessimistic edge ({edge}).", cure="Plan on the mean.")
    # of a kind of which less is worse, the pessimistic edge is the low one
    falling = answer["kind"].isin([kind for kind in answer["kind"].unique() if falls(str(kind))]).to_numpy()
    if falling.any() and other not in answer:
        raise PlanError(
            f"The forecast tells no pessimistic edge ({other}) of the skid number.", cure="Plan on the mean."
        )
    return answer.assign(value=np.where(falling, answer[other], answer[edge]) if falling.any() else answer[edge])


@dataclass(frozen=True)
class Outlook:
    """
    What is expected of N units over H years.

    Attributes
    ----------
    untreated
        By kind, (N, H + 1); column t is the start of year t. Kinds without a forecast stay as they are.
    renewed
        By treatment that resets the age and by kind, (N, H + 1): growth since the treatment, 0 at its start.
    static
        By kind, (N,): kinds that a trigger may ask for and that do not change here, and the surface by its code.
    age
        Surface age now, NaN where unknown, (N,). [year]
    earliest
        Year of the plan, 0 for the first, from which on work may start, as after a moratorium, (N,).
    barred
        By treatment, "" for any: year of the plan from which on people allow it, (N,).
    curves
        What condition counts for, from :func:`pavement.planning.penalty.curves_of`.
    """

    untreated: Path
    renewed: dict[str, Path]
    static: dict[str, Floats]
    age: Floats
    earliest: NDArray[np.int64]
    barred: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    curves: Curves = field(default_factory=penalty_curves)

    @property
    def steps(self) -> int:
        """Years looked ahead, H."""
        return int(next(iter(self.untreated.values())).shape[1] - 1)


def outlook(units: pd.DataFrame, *, steps: int, forecast: Forecast, catalogue: Catalogue) -> Outlook:
    """
    Return the outlook of units from a forecast of their present and their renewed states.

    Parameters
    ----------
    units
        One row a unit: condition now and whatever the forecast asks for.
    steps
        Years to look ahead.
    forecast
        See :class:`Forecast`; :class:`FromCells` where the units' cells have a forecast.
    catalogue
        Treatments; those that reset the age are forecast from the level they leave.

    Raises
    ------
    PlanError
        The forecast lacks columns or gives a value twice.
    """
    states = units.drop(columns=_PLACE, errors="ignore").reset_index(drop=True)
    curves = catalogue.curves
    if isinstance(forecast, FromCells):
        untreated = _table(_numbered(forecast.untreated(years=steps), units), len(units), steps, curves)
    else:
        untreated = _paths(states, steps=steps, forecast=forecast, curves=curves)
    renewing = catalogue.treatments[catalogue.treatments["resets_age"]]
    renewed = {}
    for name, row in renewing.iterrows():
        paths = _paths(_after(states, row), steps=steps, forecast=forecast, curves=curves)
        renewed[str(name)] = {kind: path - path[:, :1] for kind, path in paths.items()}
    _drop_incomplete(states, untreated, renewed)
    carried = [k for k in curves if k in states and k not in untreated]
    forecast_for = [~np.isnan(path[:, 0]) for path in untreated.values()]
    known = np.any(forecast_for, axis=0) if forecast_for else np.zeros(len(states), dtype=bool)
    for kind in carried:
        # what is carried along cannot stand in for a forecast
        held = np.where(known, states[kind].to_numpy(float), np.nan)
        untreated[kind] = np.repeat(held[:, None], steps + 1, axis=1)
    if not untreated:
        raise PlanError(
            f"The forecast has none of the kinds {sorted(curves)}.",
            cure="Train and promote a model of one of them.",
        )
    asked = {*catalogue.triggers["kind"], SURFACE} - set(untreated)
    static = {kind: states[kind].to_numpy(float) for kind in sorted(asked) if kind in states}
    age = states["age"].to_numpy(float) if "age" in states else np.full(len(states), np.nan)
    return Outlook(untreated, renewed, static, age, np.zeros(len(states), dtype=np.int64), {}, curves)


def _drop_incomplete(states: pd.DataFrame, untreated: Path, renewed: dict[str, Path]) -> None:
    """Make unknown the whole outlook of a unit for which a kind is known now but not all of its forecasts."""
    bad = np.zeros(len(states), dtype=bool)
    for paths in (untreated, *renewed.values()):
        for kind in untreated:
            path = paths.get(kind, np.full_like(untreated[kind], np.nan))
            now = states[kind].notna().to_numpy() if kind in states else np.zeros(len(states), dtype=bool)
            bad |= (now | ~np.isnan(path[:, 0])) & ~np.isfinite(path).all(axis=1)
    for path in untreated.values():
        path[bad] = np.nan


def part(whole: Outlook, rows: NDArray[np.int64] | slice) -> Outlook:
    """Return the outlook of some of the units."""
    return Outlook(
        {k: v[rows] for k, v in whole.untreated.items()},
        {t: {k: v[rows] for k, v in paths.items()} for t, paths in whole.renewed.items()},
        {k: v[rows] for k, v in whole.static.items()},
        whole.age[rows],
        whole.earliest[rows],
        {t: v[rows] for t, v in whole.barred.items()},
        whole.curves,
    )


def _after(states: pd.DataFrame, treatment: pd.Series) -> pd.DataFrame:
    """Return states as a renewing treatment leaves them; what is unknown stays unknown."""
    changed: dict[str, object] = {}
    for kind in reset_kinds():
        level = treatment[f"reset_{kind}"]
        if kind in states and not np.isnan(level):
            changed[kind] = states[kind].where(states[kind].isna(), level)
    return resurfaced(states.assign(**changed), float(treatment["pave_mm"] - treatment["mill_mm"]))


def resurfaced(states: pd.DataFrame, added: float | Floats) -> pd.DataFrame:
    """Return states with a new surface of age 0, and with the asphalt added [mm] in thickness and strength."""
    changed: dict[str, object] = {column: 0.0 for column in ("age", "esal_since_work") if column in states}
    if "asphalt_mm" in states:
        changed["asphalt_mm"] = (states["asphalt_mm"] + added).clip(lower=0)
    if "sn" in states:
        layers = read_table("layer_coefficients").set_index("kind")
        per_inch = float(layers.loc["asphalt", "coefficient"])
        changed["sn"] = states["sn"] + per_inch * added * float(convert(1.0, source="mm", target="in"))
    return states.assign(**changed)


def _paths(states: pd.DataFrame, *, steps: int, forecast: Forecast, curves: Curves) -> Path:
    """Return by kind the forecast of each state, (N, steps + 1), asking once for states that are alike."""
    if states.empty:
        return {kind: np.empty((0, steps + 1)) for kind in curves}
    number = states.groupby(list(states.columns), dropna=False, sort=False).ngroup().to_numpy()
    first = np.unique(number, return_index=True)[1]
    alike = states.iloc[first].reset_index(drop=True).rename_axis("state")
    kinds: Path = {}
    for start in range(0, len(alike), _STATES):
        some = alike.iloc[start : start + _STATES].reset_index(drop=True).rename_axis("state")
        for kind, values in _table(forecast(some, years=steps), len(some), steps, curves).items():
            whole = kinds.setdefault(kind, np.full((len(alike), steps + 1), np.nan))
            whole[start : start + len(some)] = values
    return {kind: values[number] for kind, values in kinds.items()}


def _numbered(answer: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return the forecast of units with their row numbers as state; of units that are not asked for, nothing."""
    number = pd.Series(np.arange(len(units)), index=units["unit"].to_numpy())
    known = answer[answer["unit"].isin(number.index)]
    return known.assign(state=number.reindex(known["unit"]).to_numpy())


def _table(answer: pd.DataFrame, count: int, steps: int, curves: Curves) -> Path:
    """Return the long answer of a forecast as one array a kind that counts."""
    flat = answer.reset_index() if "state" not in answer.columns else answer
    if missing := sorted({"state", "step", "kind", "value"} - set(flat.columns)):
        raise PlanError(f"The forecast has no column {missing}; it has {list(flat.columns)}.")
    found = {}
    for kind in [k for k in curves if (flat["kind"] == k).any()]:
        rows = flat[flat["kind"] == kind]
        state, step = rows["state"].to_numpy(np.int64), rows["step"].to_numpy(np.int64)
        inside = (step >= 0) & (step <= steps) & (state >= 0) & (state < count)
        at = state[inside] * (steps + 1) + step[inside]
        if len(np.unique(at)) < len(at):
            raise PlanError(f"The forecast gives {kind} twice for one state and step.")
        values = np.full(count * (steps + 1), np.nan)
        values[at] = rows["value"].to_numpy(float)[inside]
        found[kind] = values.reshape(count, steps + 1)
    return found
