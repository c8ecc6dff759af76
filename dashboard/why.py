"""Why a cell is forecast to age as it is: the change and its reasons in words, with the rate of its peers beside it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html

from dashboard import i18n, queries, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import t
from models.explain import feature_label
from models.fallback import ageing_curve
from models.fitting import FittedModel
from models.forecast import outside_training
from models.live import opened
from models.network import network_states
from models.peers import Peers, peers_of
from models.reasons import peers_text, reasons, sentence
from pavement.errors import ModelError, StoreError
from pavement.store import registry

YEARS = 5


def why(context: Context, cell: str) -> list[Any]:
    """Return what holds for the whole forecast of a cell, then its reasons, one a measure that is forecast."""
    nothing: list[Any] = [None] * len(queries.FORECAST_KINDS)
    found = queries.forecast_set(context)
    if found is None:
        return [ui.empty(t("No forecast has been made yet.")), *nothing]
    if found.data_version != queries.version(context):
        older = t("The forecast is older than the data: forecast again to see what it rests on.")
        return [ui.empty(older), *nothing]
    state = _states(context)
    state = state[state["unit"] == cell]
    if not len(state):
        return [None, *nothing]
    return [None, *(_reasons(context, kind, found.models.get(kind), state) for kind in queries.FORECAST_KINDS)]


def _reasons(context: Context, kind: str, name: str | None, state: pd.DataFrame) -> Any:
    if kind not in state or state[kind].isna().all():
        return None
    try:
        model, peers = _opened(context, kind, name, state)
        language = i18n.language()
        found = reasons(model, state, years=YEARS, language=language, peers=peers)
    except (ModelError, StoreError) as error:
        return html.P(fault_words(str(error)), className="warn")
    said = [html.P(sentence(found, language=language), className="because")]
    if name is None:
        said.append(html.P(t("No trained model is live: the rates of the table forecast."), className="note"))
    if peers is not None:
        said.append(html.P(peers_text(peers, target=kind, years=YEARS, language=language), className="note"))
    if outside := _outside(model, _states(context), state.index):
        said.append(html.P(t("Outside what the model learned from: {features}.", features=outside), className="warn"))
    if name is not None:
        usual = t("usual ageing: mean change over all that the model learned from, of any age and traffic")
        said.append(html.P(usual, className="note"))
    said.append(html.P(t("contributions describe the model, not causes"), className="note"))
    return said


def _opened(context: Context, kind: str, name: str | None, state: pd.DataFrame) -> tuple[FittedModel, Peers | None]:
    """Return what forecast a kind, and the peers that its card knows; the curve of the table has none."""
    if name is None:
        return ageing_curve(kind, level=float(context.settings["interval"])), None
    card = registry.version(context.store, name).card
    return opened(context.store, name), peers_of(card, state)


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
