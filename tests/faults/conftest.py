"""The same store and network as the tests of ingest."""

from tests.ingest.conftest import served, settings, store

__all__ = ["served", "settings", "store"]
