"""What catalogue and live models hold of works and futures: levels after work, and how cells keep their rank."""

from __future__ import annotations

import pandas as pd

from models.draws import Memory, default_memory
from models.resets import ESTIMATED, default_resets
from models.targets import TARGETS
from pavement.store import catalogues, registry
from pavement.store.catalogues import KeptCatalogue
from pavement.store.database import Store


def kept_resets(store: Store, catalogue: KeptCatalogue | None = None) -> pd.DataFrame:
    """
    Return table ``resets`` of every target: as the catalogue holds it, else the live model's card, else defaults.

    Parameters
    ----------
    catalogue
        The version in force where not given.
    """
    held = catalogues.current(store) if catalogue is None else catalogue
    defaults = default_resets()
    cards = {target: live.card for target in TARGETS if (live := registry.live(store, target))}
    told = {target: pd.DataFrame(card.get("resets", []), columns=defaults.columns) for target, card in cards.items()}
    if len(own := held.resets):
        told = {str(kind): rows.reindex(columns=defaults.columns) for kind, rows in own.groupby("kind")}
    none = defaults[:0]
    found = [_of_target(defaults[defaults["kind"] == target], told.get(target, none)) for target in TARGETS]
    return pd.concat(found, ignore_index=True)


def with_resets(store: Store, catalogue: KeptCatalogue) -> KeptCatalogue:
    """Return a catalogue with the estimated levels in force, whether it holds them or the live models tell them."""
    return catalogue._replace(resets=_estimated(kept_resets(store, catalogue)).reset_index(drop=True))


def _estimated(resets: pd.DataFrame) -> pd.DataFrame:
    return resets[(resets["basis"] == ESTIMATED) | (resets["rate_basis"] == ESTIMATED)]


def _of_target(defaults: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Return the defaults of one target with the rows that were estimated in their place."""
    kept = _estimated(told)
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
