"""Numbers of ``[camera]``: there, and numbers, or an error that says what to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pavement.errors import ManifestError

EXAMPLES = "docs/imagery.md has an example of each kind of camera."


def camera_number(table: Mapping[str, Any], name: str) -> float:
    """
    Return a number of ``[camera]``.

    Raises
    ------
    ManifestError
        It is missing, or is no finite number.
    """
    if name not in table:
        raise ManifestError(
            f"[camera] with kind = {table.get('kind', '')!r} lacks {name}.",
            cure=f"Write {name} = …; without a scale nothing is measured. {EXAMPLES}",
        )
    value = table[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ManifestError(f"[camera] {name} = {value!r} is no number.", cure=f"Write {name} as a number. {EXAMPLES}")
    return float(value)
