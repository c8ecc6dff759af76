"""The same store and network as the tests of ingest."""

from tests.ingest.conftest import served, served_home, settings, store

__all__ = ["served", "served_home", "settings", "store"]
