"""The store, the pages and the people of the tests of the pages."""

from tests.dashboard.conftest import app, client, made, settings, signed_in, store

__all__ = ["app", "client", "made", "settings", "signed_in", "store"]
