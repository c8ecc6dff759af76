"""The work list: actions of a plan in the order of what they give for their money."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
        Rows of :func:`pavement.planning.strategies.strategies`; the gain of a pair is split between its works.
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
    second = chosen["second"] != ""
    # the first work of a pair counts with what it gains alone, so that the two add up to the gain of the pair
    gain = (
        chosen["first_benefit"]
        .clip(lower=0)
        .clip(upper=chosen["benefit"].clip(lower=0))
        .where(second, chosen["benefit"])
    )
    firsts = pd.DataFrame(
        {
            "row": chosen["unit"],
            "step": chosen["first_year"],
            "treatment": chosen["first"],
            "cost": chosen["first_cost"],
            "benefit": gain,
            "status": np.where(chosen["committed"], "committed", "proposed"),
        }
    )
    seconds = pd.DataFrame(
        {
            "row": chosen["unit"],
            "step": chosen["second_year"],
            "treatment": chosen["second"],
            "cost": chosen["second_cost"],
            "benefit": chosen["benefit"] - gain,
            "status": np.where(chosen["second_committed"], "committed", "proposed"),
        }
    )[second]
    return pd.concat([firsts, seconds], ignore_index=True)
