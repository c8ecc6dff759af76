"""What becomes of an infinite value, a column without values or an unseen category: a rule for each input (M4)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.errors import ModelError
from pavement.schema import read_table

REFUSE, FLAG = "refuse", "flag"
_OTHER = "*"
_SHOWN = 3


def rule(column: str, case: str) -> str:
    """Return ``refuse``, ``flag`` or another word of `input_rules.csv` for a column and a case, such as ``unseen``."""
    table = read_table("input_rules").set_index("column")
    return str(table.loc[column if column in table.index else _OTHER, case])


def refuse_infinite(present: pd.Series) -> None:
    """
    Refuse present values that are infinite, where the rule says so.

    Raises
    ------
    ModelError
        The message names the first states.
    """
    odd = present.index[np.isinf(present.to_numpy(float))]
    if len(odd) and rule("present", "infinite") == REFUSE:
        some = ", ".join(str(i) for i in odd[:_SHOWN])
        raise ModelError(
            f"{present.name} is infinite in {len(odd)} states, the first are {some}.", cure="Correct it at its source."
        )


def finite(states: pd.DataFrame) -> pd.DataFrame:
    """Return states with infinite numbers as missing; curves would carry them into the forecast."""
    numbers = states.select_dtypes("number")
    odd = np.isinf(numbers.to_numpy(float, na_value=np.nan))
    return states.assign(**numbers.mask(odd)) if odd.any() else states


def unseen(states: pd.DataFrame, families: tuple[str, ...]) -> pd.Series:
    """Return the family of each state that training had not seen, where the rule flags it."""
    if "family" not in states or not families or rule("family", "unseen") != FLAG:
        return pd.Series(dtype=object)
    own = states["family"].dropna().astype(str)
    return own[~own.isin(families)]
