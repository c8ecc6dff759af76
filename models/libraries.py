"""Versions of the libraries that make forecasts, and which of them are others now (M12)."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

LIBRARIES = ("lightgbm", "numpy", "pandas", "scikit-learn", "scipy")


def versions() -> dict[str, str]:
    """Return the version of Python and of each library that training and forecasting rest on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def differing(trained: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return library → version at training, version now, for those of training that are others now."""
    now = versions()
    return {name: (then, now.get(name, "")) for name, then in trained.items() if now.get(name, "") != then}
