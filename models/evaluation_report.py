"""The report of an evaluation, ready to be written as strict JSON: figures by horizon, baselines, slices, notes."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.artefact import text_of
from models.boosted import HORIZON
from models.evaluate import judged_ahead, nearest
from models.fitting import (
    AHEAD,
    CLEANED,
    FittedModel,
    Judged,
    drawn_share,
    fit_pairs,
    judging_pairs,
    time_split,
    training_pairs,
)
from models.histories import OWN, Histories
from models.history_mapping import Mapping
from models.leaks import ALL_YEARS, CHANGE, NOISE, WORK, leaks, refuse_leaks, refuse_shared
from models.mixing import LIGHTGBM
from models.offsets import campaign_offsets, labels_without
from models.parameters import parameter
from models.skill import FORECAST, everyone, figures, held_widths, later_widths
from models.slices import key, positions, slices
from models.targets import target_of
from pavement.errors import ModelError
from pavement.progress import Progress, named, silent
from pavement.schema import measures

LEVEL = 0.9
_TOLD = {
    CHANGE: "explains {explained:.0%} of the change beyond present value and horizon; no feature known on the day is "
    "expected to.",
    NOISE: "leaves less of the change than the noise of one survey, which cannot be known beforehand.",
    ALL_YEARS: "leaves nothing of what two halves of a history share, as a slope or mean over all years does.",
    WORK: "tells when the next work comes.",
}
_BINS = 10


@dataclass(frozen=True)
class Choices:
    """How an evaluation is made: target, seed, horizons [year], border [decimal year], and what is let through."""

    target: str
    seed: int = 1
    horizons: tuple[float, ...] = (1.0, 3.0, 5.0)
    border: float | None = None
    allow_leaks: bool = False
    same_sites: bool = False


def evaluated(
    histories: Histories, mapping: Mapping, choices: Choices, *, progress: Progress = silent
) -> dict[str, Any]:
    """
    Return the report on histories of one table: ``by_site``, on sites not learned from, and ``forward`` in time.

    Raises
    ------
    ModelError
        Too few histories to learn from, or a feature knows the future.
    """
    pairs, notes, suspects = _pairs(histories, mapping, choices, progress)
    notes += _drawn(histories, pairs, choices, use="learned from and judged on")
    offsets = _offsets(histories, mapping, choices)
    first, second = (named(progress, text) for text in ("by site (1 of 2)", "forward (2 of 2)"))
    model, judged = fit_pairs(
        _cleaned(pairs, offsets), target=choices.target, seed=choices.seed, level=LEVEL, progress=first
    )
    widths = held_widths(judged, level=LEVEL)
    border = float(pairs["time"].quantile(2 / 3)) if choices.border is None else choices.border
    # forward in time the offsets are those that were known at the border
    until = _offsets(histories, mapping, choices, until=border)
    ahead, said = _forward(_cleaned(pairs, until), choices, border, second)
    found = _alike({"by_site": _by_horizon(judged, widths, choices), "forward": ahead})
    said += [] if said else _too_far(time_split(pairs, border=border)[1], choices, split="forward")
    said = [*_too_far(pairs, choices, split="by_site"), *said]
    return _report(
        found | _more(judged, widths, choices, of="by_site"),
        model=model,
        data=histories.counts | _pair_counts(pairs),
        notes=[*histories.notes, *notes, *said],
        settings=_settings(mapping, choices, border=border),
        suspects=suspects,
        offsets=offsets,
    )


def evaluated_apart(
    train: Histories, test: Histories, mapping: Mapping, choices: Choices, *, progress: Progress = silent
) -> dict[str, Any]:
    """
    Return the report of learning from one table and judging on another: ``test``.

    Raises
    ------
    ModelError
        Sites are in both tables (M6), too few histories to learn from or none to judge on, or a feature knows the
        future.
    """
    alike = refuse_shared(train, test, same_sites=choices.same_sites)
    pairs, notes, suspects = _pairs(train, mapping, choices, progress)
    notes += _drawn(train, pairs, choices, use="learned from")
    later = judging_pairs(test.panel, target=choices.target)
    if later.empty:
        raise ModelError("The table of the test has no two surveys of a unit without work between.", cure="Add years.")
    offsets = _offsets(train, mapping, choices)
    model, past = fit_pairs(
        _cleaned(pairs, offsets), target=choices.target, seed=choices.seed, level=LEVEL, progress=progress
    )
    judged = judged_ahead(model, later)
    widths = later_widths(past, judged, level=LEVEL)
    said = [f"Training table: {note}" for note in [*train.notes, *notes]]
    return _report(
        _alike({"test": _by_horizon(judged, widths, choices)}) | _more(judged, widths, choices, of="test"),
        model=model,
        data={"train": train.counts | _pair_counts(pairs), "test": test.counts | _pair_counts(later)},
        notes=said + [f"Test table: {n}" for n in [*test.notes, *alike, *_too_far(later, choices, split="test")]],
        settings=_settings(mapping, choices, border=None),
        suspects=suspects,
        offsets=offsets,
    )


def as_json(report: dict[str, Any]) -> str:
    """Return a report as strict JSON text; the same report gives the same text."""
    return json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)


def _pairs(
    histories: Histories, mapping: Mapping, choices: Choices, progress: Progress
) -> tuple[pd.DataFrame, list[str], list[dict[str, Any]]]:
    progress(0, 2, "histories and leaks")
    pairs = training_pairs(histories.panel, target=choices.target, seed=choices.seed)
    progress(1, 2, "histories and leaks")
    found = leaks(pairs, histories.panel, target=choices.target)
    progress(2, 2, "histories and leaks")
    names = _column_names(mapping)
    if not choices.allow_leaks:
        refuse_leaks(found, columns=names)
    notes = [
        f"Suspected leak: {names.get(row.feature, row.feature)} {_TOLD[row.tells].format(explained=row.explained)}"
        for row in found.itertuples()
    ]
    return pairs, notes, _strict(found.to_dict("records"))


def _drawn(histories: Histories, pairs: pd.DataFrame, choices: Choices, *, use: str) -> list[str]:
    """Return a note where a table is so large that only some of its units are used."""
    if drawn_share(histories.panel, target=choices.target) == 1:
        return []
    there, used = histories.panel["unit"].nunique(), pairs["unit"].nunique()
    return [f"Of {there:,} units {used:,}, drawn by the seed, are {use} (pairs_max {parameter('pairs_max'):,.0f})."]


def _offsets(histories: Histories, mapping: Mapping, choices: Choices, *, until: float | None = None) -> pd.DataFrame:
    """Return the offsets of devices and their years, none where no device is mapped."""
    return campaign_offsets(histories.panel, target=choices.target, until=until) if mapping.device else pd.DataFrame()


def _cleaned(pairs: pd.DataFrame, offsets: pd.DataFrame) -> pd.DataFrame:
    """Return pairs whose changes are learned from without the offsets of both surveys; they are judged as measured."""
    return pairs.assign(**{CLEANED: labels_without(pairs, offsets)["increment"]}) if len(offsets) else pairs


def _column_names(mapping: Mapping) -> dict[str, str]:
    """Return how the table calls each feature."""
    own = {OWN + re.sub(r"\W+", "_", c).strip("_"): c for c in mapping.features}
    return own | mapping.context


def _forward(
    pairs: pd.DataFrame, choices: Choices, border: float, progress: Progress
) -> tuple[dict[str, Any], list[str]]:
    """Return the figures of pairs that begin at the border or later, learned from pairs that end by it."""
    past, future = time_split(pairs, border=border)
    empty = {key(h): _EMPTY | {"baselines": {}} for h in choices.horizons}
    try:
        model, known = fit_pairs(past, target=choices.target, seed=choices.seed, level=LEVEL, progress=progress)
    except ModelError as error:
        return empty, [f"Forward in time nothing could be judged before {border:.1f}: {error.message}"]
    if future.empty:
        return empty, [f"Forward in time nothing could be judged: no pair begins in {border:.1f} or later."]
    judged = judged_ahead(model, future)
    return _by_horizon(judged, later_widths(known, judged, level=LEVEL), choices), []


_EMPTY: dict[str, Any] = {"n": 0, "sites": 0} | dict.fromkeys(
    ("rmse", "mae", "skill", "skill_low", "skill_high", "coverage_90", "width_90")
)


def _by_horizon(judged: Judged, widths: pd.DataFrame, choices: Choices) -> dict[str, Any]:
    found = {}
    for horizon in choices.horizons:
        at = positions(judged, horizon)
        every = figures(judged, widths, at, seed=choices.seed)
        found[key(horizon)] = every.pop(FORECAST) | _shipped(every) | {"baselines": every}
    return found


def _shipped(every: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of the shares that the model ships with, where they are others."""
    return {"model_as_shipped": every.pop(AHEAD)} if AHEAD in every else {}


def _alike(found: dict[str, Any]) -> dict[str, Any]:
    """Return splits that all have the same baselines; one that was not judged there has figures of nothing."""
    names = list(dict.fromkeys(n for split in found.values() for of in split.values() for n in of["baselines"]))
    every = dict.fromkeys([*names, LIGHTGBM], _EMPTY)
    return {
        split: {h: of | {"baselines": every | of["baselines"]} for h, of in horizons.items()}
        for split, horizons in found.items()
    }


def _too_far(pairs: pd.DataFrame, choices: Choices, *, split: str) -> list[str]:
    """Return a note where no pair of surveys lies near a horizon, with those that the surveys allow."""
    if pairs.empty or not (none := [key(h) for h in choices.horizons if nearest(pairs, h).empty]):
        return []
    there = pairs["horizon"].round().value_counts().index[: len(choices.horizons)]
    could = ",".join(key(max(h, parameter("horizon_min"))) for h in sorted(there))
    return [
        f"{split}: no pair of surveys lies within half a year of {', '.join(none)} years, so nothing is judged there; "
        f"--horizons {could} would be."
    ]


def _more(judged: Judged, widths: pd.DataFrame, choices: Choices, *, of: str) -> dict[str, Any]:
    sign = target_of(choices.target).sign
    return {
        "slices": {"of": of} | slices(judged, widths, horizons=choices.horizons, seed=choices.seed),
        "predicted_found": {key(h): _binned(judged, positions(judged, h), sign=sign) for h in choices.horizons},
    }


def _binned(judged: Judged, at: NDArray[np.int64], *, sign: int) -> list[dict[str, Any]]:
    """Return predicted and found change by tenths of the prediction: mean of both, and the middle 80 % of the found."""
    # told as the measure changes, not as damage grows
    said = sign * everyone(judged)[FORECAST].to_numpy(float)[at]
    truth = sign * judged.pairs["increment"].to_numpy(float)[at]
    if not len(at):
        return []
    tenth = np.argsort(np.argsort(said, kind="stable"), kind="stable") * _BINS // len(said)
    rows = pd.DataFrame({"tenth": tenth, "predicted": said, "found": truth}).groupby("tenth")
    table = rows.agg(n=("found", "size"), predicted=("predicted", "mean"), found=("found", "mean"))
    table["found_low"], table["found_high"] = rows["found"].quantile(0.1), rows["found"].quantile(0.9)
    return _strict(table.round(6).to_dict("records"))


def _pair_counts(pairs: pd.DataFrame) -> dict[str, int]:
    return {"pairs": len(pairs), "pairs_suspected": int(pairs["suspected"].sum())}


def _settings(mapping: Mapping, choices: Choices, *, border: float | None) -> dict[str, Any]:
    return {
        "target": choices.target,
        "unit": str(measures().loc[choices.target, "unit"]),
        "seed": choices.seed,
        "horizons": list(choices.horizons),
        "border": border,
        "interval": LEVEL,
        "bootstrap": int(parameter("bootstrap")),
        "bootstrap_level": parameter("bootstrap_level"),
        "same_sites": choices.same_sites,
        "allow_leaks": choices.allow_leaks,
        "mapping": asdict(mapping),
    }


def _report(
    found: dict[str, Any],
    *,
    model: FittedModel,
    data: dict[str, Any],
    notes: list[str],
    settings: dict[str, Any],
    suspects: list[dict[str, Any]],
    offsets: pd.DataFrame,
) -> dict[str, Any]:
    few = [] if model.booster else ["Too few units for LightGBM: the curves alone forecast."]
    return found | {
        "shares": model.shares,
        "features": [c for c in model.columns if c != HORIZON],
        "leaks": suspects,
        "offsets": _strict(offsets.to_dict("records")),
        "notes": notes + few,
        "data": data,
        "settings": settings,
        "model_sha256": hashlib.sha256(text_of(model).encode()).hexdigest(),
    }


def _strict(rows: list[dict[Any, Any]]) -> list[dict[str, Any]]:
    """Return rows without what strict JSON cannot hold."""
    return [
        {str(k): None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()} for row in rows
    ]
