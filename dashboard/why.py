"""Why a cell is forecast to age as it is: the largest contributions to the change, in words."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pandas as pd
from dash import html

from dashboard import i18n, queries, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import measure_label, t
from models.artefact import model_of
from models.explain import feature_label, reasons
from models.fitting import FittedModel
from models.forecast import outside_training
from models.network import network_states
from pavement.errors import ModelError, StoreError
from pavement.store import registry
from pavement.store.database import Store

YEARS = 5


def why(context: Context, cell: str) -> Any:
    """Return what makes the forecast of a cell, a row a measure; says so where no trained model forecasts."""
    found = queries.forecast_set(context)
    if found is None:
        return ui.empty(t("No forecast has been made yet."))
    if found.data_version != queries.version(context):
        return ui.empty(t("The forecast is older than the data: forecast again to see what it rests on."))
    state = _states(context)
    state = state[state["unit"] == cell]
    if not len(state):
        return ui.empty(t("No condition survey covers this cell yet."))
    lines = [_line(context, kind, found.models.get(kind), state) for kind in queries.FORECAST_KINDS]
    heads = [t("Measure"), t("Change in {years} years", years=YEARS), t("Largest contributions")]
    return ui.table(heads, [line for line in lines if line], numeric=[1])


def _line(context: Context, kind: str, name: str | None, state: pd.DataFrame) -> list[Any]:
    if kind not in state or state[kind].isna().all():
        return []
    if name is None:
        return [measure_label(kind, unit=False), "–", t("No trained model is live: the rates of the table forecast.")]
    try:
        model = _opened(context.settings.home, context.store, name)
    except (ModelError, StoreError) as error:
        return [measure_label(kind, unit=False), "–", html.Span(fault_words(str(error)), className="warn")]
    total, parts = reasons(model, state, horizon=float(YEARS), language=i18n.language())
    said = [html.Li(part) for part in parts]
    if outside := _outside(model, _states(context), state.index):
        said.append(html.Li(t("Outside what the model learned from: {features}.", features=outside), className="warn"))
    return [measure_label(kind, unit=False), total, html.Ul(said, className="parts")]


def _outside(model: FittedModel, states: pd.DataFrame, chosen: pd.Index) -> str:
    """Return the features of the chosen state beyond the training of its model, with what the model has seen (M4)."""
    language = i18n.language()
    found = outside_training(states, model)
    return t(", ").join(
        f"{feature_label(row.column, language=language)} {row.value}"
        if isinstance(row.value, str)
        else f"{feature_label(row.column, language=language)} {row.value:,.4g} ({row.low:,.4g} – {row.high:,.4g})"
        for row in found[found["state"].isin(chosen)].itertuples()
    )


@queries.kept
def _states(context: Context) -> pd.DataFrame:
    return network_states(context.store)


@functools.lru_cache(maxsize=8)
def _opened(_home: Path, store: Store, name: str) -> FittedModel:
    """Return a model that has forecast before, so needs no trial; its hash is checked as it is read."""
    return model_of(registry.text(store, name), trusted=True)
