"""Campaigns: which surveys were made alike, by their device and calendar year."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.targets import TARGETS

# columns <target>_device of a panel; of pairs, that of the second survey is called as the time of it
DEVICE = "_device"
LATER_DEVICE = "later_device"


def device_columns(panel: pd.DataFrame) -> list[str]:
    """Return the columns of a panel that say what a target was measured with; a user's own features are none."""
    return [c for c in (f"{target}{DEVICE}" for target in TARGETS) if c in panel]


def device_of(panel: pd.DataFrame, *, target: str) -> pd.Series:
    """Return the device that each value of a target was measured with, empty where nobody says."""
    return _text(panel, f"{target}{DEVICE}")


def campaign_of(panel: pd.DataFrame, *, target: str) -> pd.Series:
    """Return the campaign of each survey as text: device and calendar year, the year alone where no device is told."""
    return _named(device_of(panel, target=target), panel["time"])


def campaigns_of_pairs(pairs: pd.DataFrame, *, target: str) -> tuple[pd.Series, pd.Series]:
    """Return the campaigns of the first and of the second survey of each pair."""
    return campaign_of(pairs, target=target), _named(_text(pairs, LATER_DEVICE), pairs["later"])


def _text(frame: pd.DataFrame, column: str) -> pd.Series:
    if column not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    return frame[column].astype("str").where(frame[column].notna(), "").str.strip()


def _named(device: pd.Series, time: pd.Series) -> pd.Series:
    year = pd.Series(_year(time), time.index)
    return (device + " " + year).str.strip() if (device != "").any() else year


def _year(time: pd.Series) -> NDArray[np.str_]:
    return np.floor(time.to_numpy(float)).astype(int).astype(str)
