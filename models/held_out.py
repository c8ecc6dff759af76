"""Test places: blocks that no training ever learns from, so that candidates of different dates meet on the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.parameters import parameter

_SALT = "test places of the models:"
_WHOLE = float(2**64)


@dataclass(frozen=True)
class HeldOut:
    """
    Blocks kept out of training.

    Attributes
    ----------
    blocks
        Their names in order; empty where the network is too small for a test set.
    of
        How many blocks with surveys there are in all.
    needed
        How many blocks a network needs for a test set.
    """

    blocks: tuple[str, ...]
    of: int
    needed: int

    def text(self) -> str:
        """Return the blocks as text; its hash names the set."""
        return json.dumps(list(self.blocks), ensure_ascii=False)

    def summary(self) -> dict[str, Any]:
        """Return numbers for a card, and the hash of the set where there is one."""
        found: dict[str, Any] = {"blocks": len(self.blocks), "of": self.of, "needed": self.needed}
        return found | ({"sha256": hashlib.sha256(self.text().encode()).hexdigest()} if self.blocks else {})


def is_test_place(block: str) -> bool:
    """Return whether a block belongs to the test places: by its name alone, today and in ten years."""
    digest = hashlib.sha256(f"{_SALT}{block}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / _WHOLE < parameter("test_share")


def split(panel: pd.DataFrame, *, target: str) -> tuple[pd.DataFrame, pd.DataFrame, HeldOut]:
    """
    Return the part of a panel to learn from, the part of the test places, and those; blocks without the target go.

    With fewer than ``test_blocks_min`` blocks in all, or fewer than ``test_drawn_min`` drawn, everything is learned
    from and nothing kept: a handful of places would judge by chance.
    """
    blocks = sorted(panel.loc[panel[target].notna(), "block"].astype(str).unique())
    panel = panel[panel["block"].astype(str).isin(blocks)].reset_index(drop=True)
    drawn = tuple(b for b in blocks if is_test_place(b))
    needed = int(parameter("test_blocks_min"))
    if len(blocks) < needed or len(drawn) < parameter("test_drawn_min"):
        return panel, panel.iloc[:0], HeldOut((), len(blocks), needed)
    kept = panel["block"].astype(str).isin(drawn)
    learn, test = panel[~kept].reset_index(drop=True), panel[kept].reset_index(drop=True)
    return learn, test, HeldOut(drawn, len(blocks), needed)
