"""The treatment catalogue: what can be done, when it may be, what it costs and what condition it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.surface_types import SURFACES
from pavement.errors import Fault, PlanError, UnitError, fault_frame
from pavement.planning.penalty import Curves, curve_faults, curves_of, penalty_curves
from pavement.schema import check, measures, read_table, schema
from pavement.units import convert

# of a unit: code of causes.csv, and place in SURFACES
CAUSE, SURFACE = "cause", "surface"
_PRICES = ["cost_low", "cost_mid", "cost_high"]
_RESET, _RATE = "reset_", "rate_"
# what a plan counts besides money, with what is said of a missing one
_COUNTED = {
    "mobilisation": ("cost", "needs a mobilisation cost"),
    "price_date": ("cost", "needs the day of its price"),
    "nights_per_km": ("nights", "needs night shifts per km"),
    "kgco2e_m2": ("carbon", "needs its carbon"),
}


@cache
def reset_kinds() -> tuple[str, ...]:
    """Return the kinds for which the treatment table says what level is left: its columns ``reset_…``."""
    return tuple(str(c).removeprefix(_RESET) for c in schema("treatments").index if str(c).startswith(_RESET))


def kinds() -> pd.DataFrame:
    """Return the kinds that triggers and reasons may speak of: those measured, and those of ``planning_kinds.csv``."""
    return pd.concat([measures(), read_table("planning_kinds").set_index("kind")])


class Trigger(NamedTuple):
    """One condition of a rule: ``at_least <= value < below`` in the unit of the kind."""

    kind: str
    at_least: float
    below: float
    if_missing: bool


@dataclass(frozen=True)
class Catalogue:
    """
    Treatments that may be planned, and the conditions under which each may be chosen.

    Attributes
    ----------
    treatments
        One row a treatment, indexed by its id; a reset level that is missing leaves the kind unchanged.
    triggers
        One row a condition in the unit of its kind: treatment, rule, kind, at_least, below, unit, if_missing (bool).
    curves
        What condition counts for, by kind.
    pairs
        Two treatments that may be done one after the other, as in ``strategy_pairs.csv``.
    """

    treatments: pd.DataFrame
    triggers: pd.DataFrame
    curves: Curves = field(default_factory=penalty_curves)
    pairs: pd.DataFrame = field(default_factory=lambda: read_table("strategy_pairs"))

    @cached_property
    def rules(self) -> dict[str, list[list[Trigger]]]:
        """Rules of each treatment: lists of triggers that must hold together."""
        found: dict[str, list[list[Trigger]]] = {name: [] for name in self.treatments.index}
        limits = self.triggers.fillna({"at_least": -np.inf, "below": np.inf})
        for (treatment, _), rows in limits.groupby(["treatment", "rule"], sort=True):
            columns = (rows["kind"], rows["at_least"], rows["below"], rows["if_missing"])
            found.setdefault(str(treatment), []).append([Trigger(*row) for row in zip(*columns, strict=True)])
        return found


def catalogue(
    treatments: pd.DataFrame | None = None,
    triggers: pd.DataFrame | None = None,
    penalty: pd.DataFrame | None = None,
    strategy_pairs: pd.DataFrame | None = None,
) -> Catalogue:
    """
    Return the checked catalogue.

    Parameters
    ----------
    treatments, triggers, penalty, strategy_pairs
        Tables as in ``pavement/tables``, which are read when none are given.

    Raises
    ------
    PlanError
        A treatment that may be planned has no cost, a cost of 0, no life, no reset, or no trigger, or a cell cannot be
        read; `faults` lists every one.
    """
    raw = read_table("treatments") if treatments is None else treatments
    rules = read_table("triggers") if triggers is None else triggers
    points = read_table("penalty") if penalty is None else penalty
    pairs = read_table("strategy_pairs") if strategy_pairs is None else strategy_pairs
    good, faults = check(raw, "treatments", file="treatments.csv")
    good_rules, rule_faults = check(rules, "triggers", file="triggers.csv")
    incomplete = _incomplete(raw.loc[good.index], good, set(good_rules["treatment"]))
    others, other_faults = _others(points, pairs, set(raw["treatment"]))
    every = (faults, rule_faults, _unknown(raw, good_rules), incomplete, other_faults)
    faults = pd.concat([f for f in every if len(f)] or [faults])
    refuse_faults(faults)
    planned = good[good["planned"] == "yes"].set_index("treatment")
    planned = planned.assign(resets_age=planned["resets_age"] == "yes", most=planned["most"].astype(int))
    curves = penalty_curves() if penalty is None else curves_of(others[0])
    return Catalogue(planned.drop(columns="planned"), in_own_units(good_rules), curves, others[1])


def refuse_faults(faults: pd.DataFrame) -> None:
    """
    Refuse a catalogue that has faults.

    Raises
    ------
    PlanError
        There is one; `faults` lists every one.
    """
    if faults.empty:
        return
    first = faults.iloc[0]
    raise PlanError(
        f"The treatment catalogue has {len(faults)} faults; the first, in {first['file']}: {first['message']}",
        cure=str(first["cure"]),
        faults=faults.reset_index(drop=True),
    )


def _others(
    points: pd.DataFrame, pairs: pd.DataFrame, known: set[str]
) -> tuple[tuple[pd.DataFrame, pd.DataFrame], pd.DataFrame]:
    """Return the curves and the pairs, typed, with what is wrong in both."""
    good, faults = check(points, "penalty", file="penalty.csv")
    good_pairs, pair_faults = check(pairs, "strategy_pairs", file="strategy_pairs.csv")
    found = list(curve_faults(good)) if faults.empty else []
    found += [
        Fault("strategy_pairs.csv", int(str(at)) + 2, column, str(row[column]), "known",
              f"{row[column]} is no treatment in treatments.csv.", "Correct the row in strategy_pairs.csv.")
        for at, row in good_pairs.iterrows() for column in ("first", "second") if row[column] not in known
    ]  # fmt: skip
    found += [
        Fault("strategy_pairs.csv", int(str(at)) + 2, "gap_most", str(row["gap_most"]), "range",
              "gap_most lies below gap_least.", "Correct the row in strategy_pairs.csv.")
        for at, row in good_pairs[(good_pairs["gap_most"] < good_pairs["gap_least"]).fillna(False)].iterrows()
    ]  # fmt: skip
    listed = [f for f in (faults, pair_faults, fault_frame(found)) if len(f)]
    return (good, good_pairs), pd.concat(listed or [faults])


def _incomplete(raw: pd.DataFrame, good: pd.DataFrame, triggered: set[str]) -> pd.DataFrame:
    planned = (good["planned"] == "yes").to_numpy()
    found = [_missing(raw, planned & ~(good[c] > 0), c, "cost", "needs a cost above 0") for c in _PRICES]
    disorder = planned & ~(good["cost_low"].le(good["cost_mid"]) & good["cost_mid"].le(good["cost_high"]))
    found.append(
        _missing(raw, disorder & good[_PRICES].notna().all(axis=1), "cost_mid", "cost", "needs low ≤ mid ≤ high")
    )
    found += [_missing(raw, planned & good[c].isna(), c, *said) for c, said in _COUNTED.items()]
    found.append(_missing(raw, planned & ~(good["life"] > 0), "life", "life", "needs a life above 0 years"))
    for kind in reset_kinds():
        blank = good[f"reset_{kind}"].isna() & (raw[f"reset_{kind}"].astype(str).str.strip() != "same")
        found.append(_missing(raw, planned & blank, f"reset_{kind}", "reset", "needs a reset: a level, or same"))
    rates = good.columns[good.columns.str.startswith(_RATE)]
    found += [
        _missing(raw, planned & good[c].isna(), c, "reset", "needs a later rate, 1 where it is not known")
        for c in rates
    ]
    unknown = ~good["surfaces"].map(lambda text: set(text.split("|")) <= set(SURFACES)).to_numpy(bool)
    found.append(_missing(raw, unknown, "surfaces", "known", f"lies on none of {', '.join(SURFACES)}"))
    resets = good[[f"reset_{k}" for k in reset_kinds()]].notna().any(axis=1) | (good["crack_delay"] > 0)
    found.append(_missing(raw, planned & ~resets, "crack_delay", "reset", "needs at least one effect on condition"))
    untriggered = planned & ~good["treatment"].isin(triggered)
    found.append(_missing(raw, untriggered, "treatment", "trigger", "needs a rule in triggers.csv"))
    return pd.concat(found)


def _missing(raw: pd.DataFrame, bad: pd.Series, column: str, rule: str, what: str) -> pd.DataFrame:
    rows = raw[np.asarray(bad, dtype=bool)]
    return pd.DataFrame(
        {
            "file": "treatments.csv",
            "row": pd.array(rows.index + 2, dtype="Int64"),
            "column": column,
            "value": rows[column].astype(str).to_numpy(object),
            "rule": rule,
            "message": [f"{name} {what}." for name in rows["treatment"]],
            "cure": f"Fill in {column} in treatments.csv, with its source.",
        }
    )


def _unknown(raw: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Return triggers that name no treatment, no kind, or no limit."""
    known = set(kinds().index)
    tests = {
        "treatment": (~rules["treatment"].isin(raw["treatment"]), "is no treatment in treatments.csv"),
        "kind": (~rules["kind"].isin(known), "is no measured kind"),
        "at_least": (rules["at_least"].isna() & rules["below"].isna(), "has neither at_least nor below"),
        "unit": (rules["kind"].isin(known) & ~_fits(rules), "has a unit that is not one of its kind"),
    }
    found = []
    for column, (bad, what) in tests.items():
        rows = rules[bad]
        found.append(
            pd.DataFrame(
                {
                    "file": "triggers.csv",
                    "row": pd.array(rows.index + 2, dtype="Int64"),
                    "column": column,
                    "value": rows[column].astype(str).to_numpy(object),
                    "rule": "known",
                    "message": [f"{t}: {k} {what}." for t, k in zip(rows["treatment"], rows["kind"], strict=True)],
                    "cure": "Correct the row in triggers.csv.",
                }
            )
        )
    return pd.concat(found)


def _fits(rules: pd.DataFrame) -> pd.Series:
    """Return which triggers have a unit that is one of their kind."""
    own = kinds()["unit"]

    def fits(kind: str, unit: str) -> bool:
        try:
            convert(1.0, source=unit, target=str(own[kind]))
        except UnitError:
            return False
        return True

    asked = {pair: pair[0] in own and fits(*pair) for pair in set(zip(rules["kind"], rules["unit"], strict=True))}
    return pd.Series([asked[pair] for pair in zip(rules["kind"], rules["unit"], strict=True)], rules.index, dtype=bool)


def in_own_units(rules: pd.DataFrame) -> pd.DataFrame:
    """Return triggers with their limits in the unit of the kind, as numbers, and ``if_missing`` as bool."""
    units = rules["kind"].map(kinds()["unit"])
    limits = {
        column: [
            float(convert(float(value), source=source, target=target))
            for value, source, target in zip(rules[column], rules["unit"], units, strict=True)
        ]
        for column in ("at_least", "below")
    }
    return rules.assign(**limits, unit=units, if_missing=rules["if_missing"] == "yes").reset_index(drop=True)


def lies_on(static: Mapping[str, NDArray[np.float64]], treatment: pd.Series, *, count: int) -> NDArray[np.bool_]:
    """Return which of `count` units a treatment applies to by their surface: asphalt where it is not told."""
    codes = [SURFACES.index(name) for name in str(treatment["surfaces"]).split("|")]
    return np.isin(static.get(SURFACE, np.zeros(count)), codes)


def triggered(values: Mapping[str, NDArray[np.float64]], rules: list[list[Trigger]]) -> NDArray[np.bool_]:
    """
    Return where at least one rule of a treatment holds in full.

    Parameters
    ----------
    values
        Arrays of one shape by kind; NaN where not measured. A kind not given counts as missing everywhere.
    rules
        Of one treatment, from :attr:`Catalogue.rules`.
    """
    shape = next(iter(values.values())).shape
    result = np.zeros(shape, dtype=bool)
    for rule in rules:
        met = np.ones(shape, dtype=bool)
        for trigger in rule:
            met &= holds(values[trigger.kind], trigger) if trigger.kind in values else trigger.if_missing
        result |= met
    return result


def holds(values: NDArray[np.float64], trigger: Trigger) -> NDArray[np.bool_]:
    """Return where a trigger holds, NaN as the trigger says."""
    within = (values >= trigger.at_least) & (values < trigger.below)
    return np.where(np.isnan(values), trigger.if_missing, within)
