"""The work list: actions of a plan in the order of what they give for their money."""

from __future__ import annotations

from itertools import zip_longest

import numpy as np
import pandas as pd

from pavement.planning.slots import slots
from pavement.schema import schema

_PLACE = ["unit", "route", "direction", "lane", "from_m", "to_m", "area_m2"]


def actions(units: pd.DataFrame, chosen: pd.DataFrame, prices: pd.Series) -> pd.DataFrame:
    """
    Return the table ``actions`` of strategies chosen, ranked by year and benefit per cost, without reasons.

    Parameters
    ----------
    units
        Units of the plan.
    chosen
        Rows of :func:`pavement.planning.strategies.strategies`; the gain of several works is split between them.
    prices
        Benefit one more NT$ would bring, by calendar year.
    """
    works = _works(chosen)
    years = prices.index.to_numpy(int)
    frame = pd.concat([works, units[_PLACE].iloc[works["row"]].reset_index(drop=True)], axis=1)
    frame = frame.assign(
        plan="",
        project="",
        mobilisation=np.nan,
        year=years[works["step"].to_numpy(int)] if len(works) else works["step"],
        price=prices.to_numpy(float)[works["step"].to_numpy(int)],
        benefit=works["benefit"].clip(lower=0),
        ratio=works["benefit"].clip(lower=0) / works["cost"],
        reason_zh="",
        reason_en="",
        cause="",
        evidence_zh="",
        evidence_en="",
        coring="",
    )
    frame = frame.sort_values(["year", "ratio", "unit"], ascending=[True, False, True], ignore_index=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    return frame[[*schema("actions").index, "row", "step"]]


def _works(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each work of the strategies: row of the unit, step, treatment, cost, benefit, status."""
    found, gained = [], pd.Series(0.0, index=chosen.index)
    works = slots(chosen)
    for slot, then in zip_longest(works, works[1:]):
        last = chosen[then] == "" if then else pd.Series(True, index=chosen.index)
        # an earlier work counts with what it gains without those after it, so that all add up to the strategy's gain
        most = chosen["benefit"].clip(lower=0)
        so_far = chosen["benefit"] if then is None else chosen[f"{slot}_benefit"].clip(lower=gained).clip(upper=most)
        so_far = so_far.where(~last, chosen["benefit"])
        held = chosen["committed" if slot == works[0] else f"{slot}_committed"]
        work = {
            "row": chosen["unit"],
            "step": chosen[f"{slot}_year"],
            "treatment": chosen[slot],
            "cost": chosen[f"{slot}_cost"],
            "benefit": so_far - gained,
            "status": np.where(held, "committed", "proposed"),
        }
        found.append(pd.DataFrame(work)[chosen[slot] != ""])
        gained = so_far
    return pd.concat(found, ignore_index=True)
