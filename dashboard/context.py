"""What every page needs: the store and the settings."""

from __future__ import annotations

from dataclasses import dataclass

from pavement.settings import Settings
from pavement.store.database import Store


@dataclass(frozen=True)
class Context:
    """Store and settings of the running app."""

    store: Store
    settings: Settings
