"""LightGBM on the change since the last survey: never better with time, the same for the same seed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.directions import directions
from models.panel import CONTEXT
from models.parameters import parameter
from models.regression import recency
from models.targets import HISTORY, TARGETS, as_learned
from pavement.errors import ModelError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HORIZON = "horizon"
OWN = "x_"
FAMILY = "family="


def features(frame: pd.DataFrame) -> list[str]:
    """Return the feature columns of pairs, in the order that is the model's signature; ``x_…`` are a user's own."""
    past = [c for t in TARGETS for c in (t, *(f"{t}{ending}" for ending in HISTORY))]
    extra = sorted(str(c) for c in frame if str(c).startswith(OWN))
    held = [c for c in (*past, *CONTEXT, *extra) if c in frame and frame[c].notna().any()]
    return [*held, *_families(frame), HORIZON]


def _families(frame: pd.DataFrame) -> list[str]:
    """Return a column for every family but the first; blanks would not come back from LightGBM's text."""
    found = sorted(frame["family"].dropna().astype(str).unique()) if "family" in frame else []
    return [f"{FAMILY}{re.sub(r'[^A-Za-z0-9/_-]', '_', f)}" for f in found[1:]]


def matrix(frame: pd.DataFrame, columns: list[str]) -> Floats:
    """
    Return feature columns as a model reads them, in the order of the signature, whatever the frame's.

    Infinite becomes missing; measures that are worse when they are low are turned (:mod:`models.targets`).

    Raises
    ------
    ModelError
        A column of the signature is not there at all, or is not numbers (M3). Missing values are allowed.
    """
    own = _indicators(frame, columns)
    frame = frame.assign(**own) if own else frame
    if absent := [c for c in columns if c not in frame]:
        raise ModelError(
            f"The model needs the columns {absent}, which are not there.",
            cure="Give them (single values may be missing), or train again on what there is now.",
        )
    try:
        known = frame[columns].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ModelError(f"A column of the model is not numbers: {error}.", cure="Give numbers.") from error
    return as_learned(np.where(np.isfinite(known), known, np.nan), columns)


def _indicators(frame: pd.DataFrame, columns: list[str]) -> dict[str, pd.Series]:
    """Return the family columns of a signature; a family that was never learned from belongs to none of them."""
    wanted = [c for c in columns if c.startswith(FAMILY)]
    if not wanted or "family" not in frame:
        return {}
    own = frame["family"].astype(str).str.replace(r"[^A-Za-z0-9/_-]", "_", regex=True)
    return {c: (own == c.removeprefix(FAMILY)).astype(float) for c in wanted}


def boosted(
    pairs: pd.DataFrame, wanted: Floats, *, columns: list[str], seed: int, target: str = "", size: bool = False
) -> str:
    """
    Return a LightGBM model as text.

    Parameters
    ----------
    pairs
        Pairs with the feature columns.
    wanted
        What is learned: the change of the target over the root of its horizon, or with `size` the size of a residual.
    columns
        Feature columns in order.
    seed
        Seed of every random choice; the same data and seed give the same text.
    target
        What is forecast: `features.csv` says for which targets a feature has no direction.
    size
        Whether sizes are learned: by their mean, with ``trees_of_size`` trees.
    """
    allowed = directions(columns, target=target)
    settings = {
        # robust to the few gross errors of surveys; constraints exclude quantile and l1 objectives
        "objective": "regression" if size else "huber",
        "alpha": float(np.quantile(np.abs(wanted - np.median(wanted)), parameter("huber_share"))) or 1.0,
        "learning_rate": parameter("learning_rate"),
        "num_leaves": int(parameter("leaves")),
        "min_data_in_leaf": int(parameter("leaf_rows")),
        # how far a forecast may miss grows with the years; nothing says that load or thickness must add to it
        "monotone_constraints": [way * (not size or c == HORIZON) for c, way in zip(columns, allowed, strict=True)],
        "monotone_constraints_method": "basic",
        "bagging_fraction": parameter("bagging"),
        "bagging_freq": 1,
        "feature_fraction": parameter("features_share"),
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lgb.Dataset(matrix(pairs, columns), label=wanted, weight=recency(pairs), feature_name=columns)
    rounds = int(parameter("trees_of_size" if size else "trees"))
    return str(lgb.train(settings, data, num_boost_round=rounds).model_to_string())


@lru_cache(maxsize=16)
def booster(text: str) -> lgb.Booster:
    """Return the model of a text that is known to be whole; damaged text kills the process, see ``artefact``."""
    return lgb.Booster(model_str=text)


def predicted(model: lgb.Booster, frame: pd.DataFrame, columns: list[str]) -> Floats:
    """Return predictions for rows with the feature columns."""
    if frame.empty:
        return np.empty(0)
    return np.asarray(model.predict(matrix(frame, columns), num_threads=1), dtype=float)


def learned_change(text: str, frame: pd.DataFrame, columns: list[str]) -> Floats:
    """Return the change after each row's horizon by a model of the change over the root of the horizon."""
    return predicted(booster(text), frame, columns) * np.sqrt(frame[HORIZON].to_numpy(float))


@dataclass(frozen=True)
class Along:
    """
    A model asked of the same rows at many horizons: trees that do not turn on the horizon are asked once a row.

    Attributes
    ----------
    table
        Features of the rows, in the order of the signature.
    at_horizon
        Place of the horizon among them.
    still
        Sum of the trees that do not turn on it.
    moving
        The other trees.
    """

    table: Floats
    at_horizon: int
    still: Floats
    moving: lgb.Booster | None

    @classmethod
    def of(cls, text: str, frame: pd.DataFrame, columns: list[str]) -> Along:
        """Return a model of a text, ready to be asked of the rows of a frame."""
        place = columns.index(HORIZON)
        table = matrix(frame.assign(**{HORIZON: 0.0}), columns)
        moving, still = _parted(text, place)
        return cls(table, place, _sum(still, table), moving)

    def at(self, rows: Ints, horizon: Floats) -> Floats:
        """Return predictions for some rows (positions, any number of times) at a horizon each."""
        asked = self.table[rows]
        asked[:, self.at_horizon] = horizon
        return self.still[rows] + _sum(self.moving, asked)


def _sum(model: lgb.Booster | None, table: Floats) -> Floats:
    if model is None or not len(table):
        return np.zeros(len(table))
    return np.asarray(model.predict(table, num_threads=1), dtype=float)


@lru_cache(maxsize=16)
def _parted(text: str, feature: int) -> tuple[lgb.Booster | None, lgb.Booster | None]:
    """Return the trees of a whole text that split on a feature, and the others; together they are the model."""
    body, end = text.split("end of trees", 1)
    head, *trees = re.split(r"(?m)^(?=Tree=\d+$)", body)
    head = re.sub(r"(?m)^tree_sizes=.*\n", "", head)
    splits = re.compile(r"(?m)^split_feature=(.*)$")
    uses = [str(feature) in (found[1].split() if (found := splits.search(tree)) else ()) for tree in trees]
    parts = [[t for t, used in zip(trees, uses, strict=True) if used == wanted] for wanted in (True, False)]
    moving, still = (booster(f"{head}{''.join(part)}end of trees{end}") if part else None for part in parts)
    return moving, still
