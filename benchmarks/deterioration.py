"""Real histories (LTPP) through the panel, training and evaluation that the product itself uses, beside their bars.

Run from the root of the project: ``python -m benchmarks.deterioration [NAME …]`` (needs ../shared); names are those of
the tables it prints.

Every accuracy is on pairs of surveys without work on record: on sites that were not learned from, and forward in time
(learned from pairs that end by 2005, judged on pairs that begin in 2006 or later).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from ingest.readers.ltpp import panel
from models.artefact import model_of, text_of
from models.evaluate import by_site, forward
from models.fitting import FittedModel, fit_pairs, training_pairs
from models.forecast import forecast_states
from models.panel import last_states

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "deterioration" / "ltpp"
# IRI on AC and AC over AC and on every surface, rutting and cracking on every AC surface
FAMILIES = {
    "iri": ["AC"],
    "iri, all families": ["AC", "AC/PCC", "PCC"],
    "rut": ["AC", "AC/PCC"],
    "crack_percent": ["AC", "AC/PCC"],
}
BORDER = 2006.0
SEED = 1
_BARS = Path(__file__).with_name("deterioration_bars.csv")
_SHOWN = ["split", "horizon", "model", "pairs", "units", "rmse", "mae", "skill", "coverage", "width", "worst_fifth"]


def judged(histories: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the scores of every competitor on the histories, and print what was learned."""
    started, target = time.perf_counter(), name.split(",")[0]
    own = histories[histories["family"].isin(FAMILIES[name])]
    pairs = training_pairs(own, target=target, seed=SEED)
    model, held = fit_pairs(pairs, target=target, seed=SEED)
    scores = pd.concat([by_site(held), forward(pairs, target=target, seed=SEED, border=BORDER)], ignore_index=True)
    print(
        f"\n== {name}: {pairs['unit'].nunique():,} sections at {pairs['block'].nunique():,} sites, "
        f"{len(pairs):,} pairs ({pairs['suspected'].sum():,} across a suspected work, judged on and not learned from), "
        f"{time.perf_counter() - started:.0f} s"
    )
    print(f"shares: {model.shares}")
    print(scores[_SHOWN].round(3).to_string(index=False, na_rep=""))
    _forecast_all(own, model)
    return scores.assign(target=name)


def _forecast_all(histories: pd.DataFrame, model: FittedModel) -> None:
    """Forecast every section 10 years from its last survey by the model as it is stored, and print the sum of it."""
    stored = model_of(text_of(model))
    ahead = forecast_states(last_states(histories), years=10, models={stored.target: stored})
    last = ahead[ahead["step"] == 10]
    wrong = int((ahead.groupby("state")["value"].diff() < 0).sum() + (ahead["low"] > ahead["high"]).sum())
    print(
        f"forecast of {last['state'].nunique():,} sections by 10 years: median {last['value'].median():.2f}, "
        f"90 % band {np.median(last['high'] - last['low']):.2f} wide, {wrong} values that heal or are out of order"
    )


def beside_bars(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the skill of the forecast beside each bar, and by how much it is above."""
    mine = scores[scores["model"] == "forecast"][["target", "split", "horizon", "skill"]]
    found = pd.read_csv(_BARS).merge(mine, on=["target", "split", "horizon"], suffixes=("_bar", ""))
    return found.assign(above=found["skill"] - found["skill_bar"])[
        ["target", "split", "horizon", "bar", "skill_bar", "skill", "above"]
    ]


def main() -> None:
    """Run the real histories to the end and print every table."""
    if not SHARED.is_dir():
        raise SystemExit("The real histories (../shared/data/deterioration/ltpp) are not here.")
    started = time.perf_counter()
    histories = panel(SHARED)
    print(
        f"LTPP panel: {len(histories):,} visits of {histories['unit'].nunique():,} sections at "
        f"{histories['block'].nunique():,} sites, {time.perf_counter() - started:.0f} s"
    )
    wanted = sys.argv[1:] or list(FAMILIES)
    scores = pd.concat([judged(histories, name) for name in wanted], ignore_index=True)
    print("\n== beside the bars")
    print(beside_bars(scores).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
