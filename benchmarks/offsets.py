"""Offsets of survey years on real histories (LTPP), and whether forecasts gain when labels are free of them.

Run from the root of the project: ``python -m benchmarks.offsets [TARGET ...]`` (needs ../shared; 1 to 2 minutes each).

Judged always on values as they were measured. By site, offsets come from all years; forward in time, only from surveys
before the border. ``labels``: the changes learned from are free of offsets, what is known at the first survey is not;
``panel``: both are.
"""

from __future__ import annotations

import sys

import pandas as pd

from benchmarks.deterioration import BORDER, FAMILIES, SEED, SHARED
from ingest.readers.ltpp import panel
from models.boosted import booster, predicted
from models.evaluate import scores
from models.fitting import fit_pairs, time_split, training_pairs
from models.forecast import increments
from models.mixing import LIGHTGBM
from models.offsets import campaign_offsets, labels_without, survey_noise, without_offsets

_SHOWN = ["split", "horizon", "pairs", "rmse", "skill", "coverage", "width"]


def compared(own: pd.DataFrame, target: str) -> pd.DataFrame:
    """Return the scores of the forecast with and without offsets in what it learns from."""
    pairs = training_pairs(own, target=target, seed=SEED)
    whole, until = (campaign_offsets(own, target=target, until=end) for end in (None, BORDER))
    print(f"\n== {target}: offsets beyond their error {whole['taken_out'].sum()} of {len(whole)}")
    print(whole[whole["taken_out"]].round(3).to_string(index=False))
    clean, _ = without_offsets(own, target=target)
    print("noise of one survey:", {k: round(v, 3) for k, v in survey_noise(clean, target=target).items()})
    found = []
    for name, given in (("as measured", pairs), ("labels", labels_without(pairs, whole))):
        _, judged = fit_pairs(given, target=target, seed=SEED)
        found.append(scores(pairs, judged.increments, split=f"by site, {name}", half_width=judged.half_width))
    past, future = time_split(pairs, border=BORDER)
    before, _ = without_offsets(own, target=target, until=BORDER)
    of_panel, _ = time_split(training_pairs(before, target=target, seed=SEED), border=BORDER)
    ahead = {"as measured": past, "labels": labels_without(past, until), "panel": of_panel}
    found += [_forward(given, future, target, f"forward, {name}") for name, given in ahead.items()]
    return pd.concat(found).query("model == 'forecast'")[_SHOWN]


def _forward(past: pd.DataFrame, future: pd.DataFrame, target: str, split: str) -> pd.DataFrame:
    model, _ = fit_pairs(past, target=target, seed=SEED)
    horizon = future["horizon"].to_numpy(float)
    change, width = increments(model, future, horizon)
    said = {"forecast": change}
    if model.booster:
        said |= {LIGHTGBM: predicted(booster(model.booster), future, list(model.columns))}
    return scores(future, pd.DataFrame(said, index=future.index), split=split, half_width=width)


def main() -> None:
    """Print offsets and scores of the targets named, of all when none is."""
    if not SHARED.is_dir():
        raise SystemExit("The real histories (../shared/data/deterioration/ltpp) are not here.")
    histories = panel(SHARED)
    for target in sys.argv[1:] or FAMILIES:
        own = histories[histories["family"].isin(FAMILIES[target])]
        print(compared(own, target).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
