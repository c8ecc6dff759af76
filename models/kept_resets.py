"""What the cards of the live models hold of works and futures: levels after work, and how cells keep their rank."""

from __future__ import annotations

from typing import Any

import pandas as pd

from models.draws import Memory, default_memory
from models.resets import ESTIMATED, default_resets
from models.targets import TARGETS
from pavement.store import registry
from pavement.store.database import Store


def kept_resets(store: Store) -> pd.DataFrame:
    """Return table ``resets`` of every target: as its live model's card says, else the defaults."""
    defaults = default_resets()
    cards = {target: live.card for target in TARGETS if (live := registry.live(store, target))}
    found = [_of_target(defaults[defaults["kind"] == target], cards.get(target, {})) for target in TARGETS]
    return pd.concat(found, ignore_index=True)


def _of_target(defaults: pd.DataFrame, card: dict[str, Any]) -> pd.DataFrame:
    """Return the defaults of one target with the rows that a card estimated in their place."""
    kept = pd.DataFrame(card.get("resets", []), columns=defaults.columns)
    kept = kept[(kept["basis"] == ESTIMATED) | (kept["rate_basis"] == ESTIMATED)]
    # the table may have changed since: a treatment that it no longer knows is not asked for
    kept = kept[kept["treatment"].isin(defaults["treatment"])].astype(defaults.dtypes)
    return pd.concat([defaults[~defaults["treatment"].isin(kept["treatment"])], kept] if len(kept) else [defaults])


def kept_memory(store: Store, *, neighbours: bool) -> dict[str, Memory]:
    """Return how cells keep their rank, by target: as its live model's card says, else as the parameters do."""
    plain = default_memory(neighbours=neighbours)
    found = {}
    for target in TARGETS:
        live = registry.live(store, target)
        held = live.card.get("memory", {}) if live else {}
        found[target] = Memory(held.get("shared", plain.shared), held.get("yearly", plain.yearly), plain.block)
    return found
