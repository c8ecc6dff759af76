"""
Plans of real sections: the histories of LTPP, forecast by the product's models, under budgets of part of the need.

``python -m benchmarks.plan_histories`` (needs ../shared). Asphalt sections, each as its last survey left it, stand side
by side as if all were surveyed on one day; each stands for a kilometre of a lane. The models of IRI, ruts and area
cracked are trained on all histories, and treatments rolled out as in a plan. Real are condition, age, structure, load,
climate and how they age; prices, treatments and traffic weights (all 1) are the product's examples. The need is what
the strategy of most gain costs on every section; a tenth, 30 % and 60 % of it come in ten equal budgets. Beside the
plan: plain branch and bound of HiGHS on all strategies under a limit of time, and the baselines that the product shows.
All are told against the same proven bound.
"""

from __future__ import annotations

import os
import resource
import time
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.deterioration import SEED, SHARED
from benchmarks.planning import branch_and_bound
from ingest.readers.ltpp import panel
from models.fitting import fit_pairs, training_pairs
from models.forecast import forecast_states
from models.history import MEASURED
from models.panel import last_states
from pavement.planning.baselines import baselines
from pavement.planning.basis import Basis, basis
from pavement.planning.limits import no_limits
from pavement.planning.outlook import FromCells
from pavement.planning.policy import answered
from pavement.planning.treatments import catalogue

TARGETS, FAMILIES = ("iri", "rut", "crack_percent"), ("AC", "AC/PCC")
YEARS, RATE, SHARES = range(2027, 2037), 0.03, (0.1, 0.3, 0.6)
LENGTH_M, WIDTH_M = 1000.0, 3.65


def network() -> tuple[pd.DataFrame, FromCells]:
    """Return the sections as units of a plan, and what forecasts them."""
    histories = panel(SHARED)
    histories = histories[histories["family"].isin(FAMILIES)]
    models = {}
    for target in TARGETS:
        begun = time.process_time()
        models[target], _ = fit_pairs(training_pairs(histories, target=target, seed=SEED), target=target, seed=SEED)
        print(f"{target} learned, {time.process_time() - begun:.0f} s of a processor", flush=True)
    states = last_states(histories).dropna(subset=["iri", "rut"]).reset_index(drop=True)
    place = {"route": "N1", "direction": "S", "lane": "1", "from_m": LENGTH_M * np.arange(len(states))}
    gone = [c for c in ("block", "epoch", "suspected", "time") if c in states]
    gone += [c for c in states if str(c).endswith(MEASURED)]
    units = states.drop(columns=gone).assign(area_m2=LENGTH_M * WIDTH_M, **place)
    units["to_m"] = units["from_m"] + LENGTH_M

    def untreated(*, years: int) -> pd.DataFrame:
        ahead = forecast_states(states, years=years, models=models)
        return ahead.assign(unit=states["unit"].reindex(ahead["state"]).to_numpy())

    return units, FromCells(partial(forecast_states, models=models), untreated)


def measured(ready: Basis, share: float, *, need: float) -> pd.DataFrame:
    """Return a row a way to plan at a share of the need."""
    money = pd.Series(np.floor(share * need / len(YEARS)), index=YEARS, name="budget")
    begun, clock = time.perf_counter(), time.process_time()
    answer = answered(ready, money, no_limits())
    took = {"plan": (time.perf_counter() - begun, time.process_time() - clock)}
    beside = baselines(ready, money, answer)
    last = beside[(beside["year"] == YEARS[-1]) & (beside["kind"] == "penalty")].set_index("method")
    value = last["benefit"].to_dict()
    begun, clock = time.perf_counter(), time.process_time()
    found = branch_and_bound(ready.choices, money.to_numpy())
    took["HiGHS alone"] = (time.perf_counter() - begun, time.process_time() - clock)
    over = np.maximum(0, ready.choices.usage(found) - money.to_numpy()).max()
    value["HiGHS alone"] = ready.choices.value(found)
    return pd.DataFrame(
        [
            {
                "budget of need %": 100 * share,
                "way": name,
                "value / bound %": round(100 * own / answer.bound, 3),
                "gap %": round(100 * (1 - own / answer.bound), 3),
                "penalty at the end": round(float(last["mean"].get(name, np.nan)), 2),
                "s (CPU)": "{:.1f} ({:.1f})".format(*took[name]) if name in took else "",
                "over": float(over) if name == "HiGHS alone" else 0.0,
            }
            for name, own in value.items()
        ]
    )


def main() -> None:
    """Print the table."""
    if not SHARED.is_dir():
        raise SystemExit("The real histories (../shared/data/deterioration/ltpp) are not here.")
    units, forecast = network()
    clock = time.process_time()
    ready = basis(units, years=YEARS, forecast=forecast, catalogue=catalogue(), discount_rate=RATE)
    rolled = time.process_time() - clock
    c = ready.choices
    best = c.first + np.array([int(np.argmax(part)) for part in np.split(c.benefit, c.first[1:])])
    need = float(c.amount[best].sum())
    print(
        f"{len(units):,} sections, {c.groups:,} with {len(c.benefit):,} strategies, rolled out in {rolled:.0f} s of a "
        f"processor; need NT$ {need:,.0f}"
    )
    for share in SHARES:
        print(measured(ready, share, need=need).to_string(index=False), flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory {memory:.2f} GB; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
