"""What other surveys of the same season said: how far the neighbours and the whole campaign stand off their trends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.parameters import parameter
from models.targets import target_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Seasons:
    """
    Who was surveyed in which calendar year, all in the order of time.

    Attributes
    ----------
    order
        Rows of the panel in the order of time.
    groups
        For all units, those of each block and each unit alone: the group of a year that each row in order belongs to,
        and the rows of that group with the very same time.
    """

    order: Ints
    groups: tuple[tuple[Ints, Ints], ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Seasons:
        """Return the seasons of a panel: unit, block, time."""
        order = np.argsort(frame["time"].to_numpy(float), kind="stable")
        time = frame["time"].to_numpy(float)[order]
        year, moment = (pd.factorize(t)[0] for t in (np.floor(time), time))
        of_block, of_unit = (pd.factorize(frame[c])[0][order] for c in ("block", "unit"))
        none = np.zeros(len(order), dtype=np.int64)
        return cls(order, tuple((_both(own, year), _both(own, moment)) for own in (none, of_block, of_unit)))

    def stands_off(self, gap: Floats, *, target: str) -> dict[str, Floats]:
        """
        Return how far the surveys beside each row stand off their own trends; nothing later than the row is used.

        A device or a season moves every value of a campaign alike. What one unit alone cannot tell from damage, the
        others of the same year can: they all jump at once.

        Parameters
        ----------
        gap
            Last value of each row less what the filter of its former ones expected; missing where nothing was measured.
        target
            What was measured, for the fall at which a gap is cut.

        Returns
        -------
        columns
            ``<target>_beside``, the mean gap of the other units of the block in that calendar year; missing without
            any. ``<target>_campaign``, that of all other blocks, shrunk towards none by ``campaign_pull`` surveys.
        """
        limit = target_of(target).drop
        rows = {"gap": np.clip(np.nan_to_num(gap), -limit, limit), "known": np.isfinite(gap).astype(float)}
        ordered = pd.DataFrame(rows).iloc[self.order].reset_index(drop=True)
        year, block, unit = (_so_far(ordered, season, moment) for season, moment in self.groups)
        beside, campaign = block - unit, year - block
        mean = beside["gap"] / beside["known"].where(beside["known"] > 0)
        found = {
            f"{target}_beside": mean.to_numpy(float),
            f"{target}_campaign": (campaign["gap"] / (campaign["known"] + parameter("campaign_pull"))).to_numpy(float),
        }
        back = np.empty(len(self.order), dtype=np.int64)
        back[self.order] = np.arange(len(self.order))
        return {name: values[back] for name, values in found.items()}


def _both(group: Ints, moment: Ints) -> Ints:
    """Return the group of each row by two groupings at once."""
    return np.asarray(group * (moment.max(initial=0) + 1) + moment)


def _so_far(ordered: pd.DataFrame, season: Ints, moment: Ints) -> pd.DataFrame:
    """Return the sums of gaps and of known ones by each row's time, those of the very same time with them."""
    return ordered.groupby(season).cumsum().groupby(moment).transform("last")
