"""A kept set of scenarios as the pages show it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import pandas as pd

from dashboard.context import Context
from dashboard.i18n import t
from pavement.planning.limits import PENALTY
from pavement.planning.scenarios import NOTHING, unasked_by_name
from pavement.store import scenario_sets
from pavement.store.database import Store


@dataclass(frozen=True)
class ScenarioView:
    """
    A set of scenarios and its tables, as ``scenario_sets`` keeps them.

    Attributes
    ----------
    kept
        Who asked, when, and on which forecast.
    summary, years, condition, mix, limits
        The described tables ``scenario_summary`` … ``scenario_limits``.
    """

    kept: scenario_sets.ScenarioSet
    summary: pd.DataFrame
    years: pd.DataFrame
    condition: pd.DataFrame
    mix: pd.DataFrame
    limits: pd.DataFrame

    def names(self, *kinds: str) -> list[str]:
        """Return the names of the questions of some kinds that have an answer, in their order."""
        rows = self.summary[self.summary["kind"].isin(kinds) & (self.summary["why"].fillna("") == "")]
        return [str(name) for name in rows["scenario"]]

    def shown(self) -> list[str]:
        """Return what stands side by side in the charts: scenarios, goals, and no work."""
        return [*self.names("scenario"), *self.names("goal"), NOTHING]

    def unanswered(self) -> pd.DataFrame:
        """Return the questions without an answer."""
        return self.summary[self.summary["why"].fillna("") != ""]

    @property
    def joined(self) -> bool:
        """Whether works join into projects; sets of before that was told hold single works."""
        return self.kept.summary.get("settings", {}).get("plan_projects") == "yes"

    def of_less(self) -> pd.DataFrame:
        """Return the questions whose answer is the plan of less money: scenario, plan_of."""
        table = self.summary.reindex(columns=["scenario", "plan_of"])
        return table[table["plan_of"].fillna("") != ""]

    def unasked(self, language: str) -> dict[str, str]:
        """Return a warning by name of each answer of least cost whose last years asked for nothing."""
        return unasked_by_name(self.summary, self.limits, self.years, language=language)

    def kinds(self) -> list[str]:
        """Return the kinds of which something is known, the condition penalty first."""
        known = self.condition[self.condition["mean"].notna()]["kind"].unique()
        return sorted((str(kind) for kind in known), key=lambda kind: kind != PENALTY)

    def worst(self) -> str:
        """Return the kind of which the most area is poor at the end without work."""
        rows = self.condition[(self.condition["scenario"] == NOTHING) & (self.condition["year"] == self.last)]
        shares = rows.dropna(subset="poor_share").set_index("kind")["poor_share"]
        return str(shares.idxmax()) if len(shares) else "iri"

    @property
    def last(self) -> int:
        """Last year of the plans."""
        return int(self.years["year"].max())


def view(context: Context, name: str = "") -> ScenarioView | None:
    """Return a set by its id, the newest when none is named; None while there is none."""
    kept = scenario_sets.named(context.store, name) if name else scenario_sets.newest(context.store)
    return None if kept is None else _view(context.store, kept.set)


@functools.lru_cache(maxsize=4)
def _view(store: Store, name: str) -> ScenarioView:
    # what is kept never changes
    kept = scenario_sets.named(store, name)
    return ScenarioView(kept, *(scenario_sets.frame(store, kept, table) for table in scenario_sets.TABLES))


# a point of the frontier as it is kept: dashboard.scenario_files.frontier_name
_POINT = re.compile(r"NT\$ ([\d,]+)")


def word(name: str) -> str:
    """Return the name of a scenario as people read it."""
    if found := _POINT.fullmatch(name):
        return t("Frontier: NT$ {amount} a year", amount=found[1])
    return t("Without work") if name == NOTHING else name


def by_name(frame: pd.DataFrame, names: list[str], column: str, *, scale: float = 1.0) -> dict[str, pd.Series]:
    """Return a column of a table over the years, one series a scenario, under the words of people."""
    return {
        word(name): frame[frame["scenario"] == name].set_index("year")[column].sort_index() * scale for name in names
    }
