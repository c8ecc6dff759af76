"""Treatment lengths: neighbouring cells of one lane, alike in condition, that a crew can build in one go."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.network.homogeneous_sections import METHODS as SECTION_METHODS
from pavement.network.homogeneous_sections import section_starts
from pavement.network.joining import TOUCH, in_order, joined, names, runs
from pavement.schema import read_table

METHODS = ("likeness", *SECTION_METHODS)


def treatment_lengths(
    cells: pd.DataFrame,
    *,
    minimum: float,
    maximum: float,
    key: str,
    tolerance: float | None = None,
    method: str = "likeness",
) -> pd.DataFrame:
    """
    Return the treatment length that each cell belongs to.

    Neighbours join while the mean of `key` on both sides differs by no more than `tolerance`, the most alike first;
    what is then still shorter than `minimum` joins the neighbour most like it. Nothing joins across a gap, a lane, a
    route or a direction, so only a lane's whole run may stay shorter than `minimum`.

    Parameters
    ----------
    cells
        Columns cell, route, direction, lane, from_m, to_m [m] and `key`; NaN where it was not measured.
    minimum, maximum
        Shortest and longest treatment length; `maximum` must be at least twice `minimum`. A length can miss either by
        as much as one cell, because cells are never cut. [m]
    key
        Column by which cells are alike.
    tolerance
        Difference in `key` up to which neighbours join; ``similarity`` in ``planning_parameters.csv`` when not given.
    method
        ``likeness`` joins neighbours as told above; ``cda`` and ``pelt`` begin with the homogeneous sections of
        :func:`pavement.network.homogeneous_sections.homogeneous_sections`, and only cut what is too long.

    Returns
    -------
    frame
        Columns cell, unit in the order and index of `cells`; the unit's id tells where it lies,
        ``n1-s-2-025300-026100``.

    Raises
    ------
    PlanError
        The limits exclude each other, cells overlap, or the method is another.
    """
    if not 0 <= 2 * minimum <= maximum:
        raise PlanError(
            f"Treatment lengths of {minimum:g} to {maximum:g} m cannot be made.",
            cure="Set the longest to at least twice the shortest.",
        )
    if method not in METHODS:
        raise PlanError(f"Treatment lengths by {method!r} are not known.", cure=f"Write {', '.join(METHODS)}.")
    if cells.empty:
        return pd.DataFrame({"cell": cells["cell"], "unit": pd.Series(dtype=str)}, index=cells.index)
    order = in_order(cells)
    line = cells.iloc[order]
    length = (line["to_m"] - line["from_m"]).to_numpy(float)
    if method == "likeness":
        width = _similarity() if tolerance is None else tolerance
        group = _alike(line, length, line[key].to_numpy(float), minimum=minimum, maximum=maximum, width=width)
    else:
        group = np.cumsum(section_starts(line, key=key, method=method, minimum=minimum)[0]) - 1
    unit = names(line, _cut(group, length, maximum))[np.argsort(order)]
    return pd.DataFrame({"cell": cells["cell"], "unit": unit}, index=cells.index)


def _alike(
    line: pd.DataFrame,
    length: NDArray[np.float64],
    value: NDArray[np.float64],
    *,
    minimum: float,
    maximum: float,
    width: float,
) -> NDArray[np.int64]:
    run = runs(line)
    group = joined(run, length, value, maximum=maximum, minimum=0.0, tolerance=width)
    group = joined(run, length, value, maximum=maximum, minimum=minimum, tolerance=np.inf, group=group)
    # a short rest between two long neighbours: join it all the same, then halve what is too long
    return joined(run, length, value, maximum=np.inf, minimum=minimum, tolerance=np.inf, group=group)


def _similarity() -> float:
    return float(read_table("planning_parameters").set_index("name").loc["similarity", "value"])


def _cut(group: NDArray[np.int64], length: NDArray[np.float64], maximum: float) -> NDArray[np.int64]:
    """Return groups with those beyond `maximum` cut into equal parts, at the end of a cell."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    metres = np.add.reduceat(length, first)
    parts = np.maximum(1, np.ceil((metres - TOUCH) / maximum))
    middle = np.cumsum(length) - length / 2
    start = (np.cumsum(length) - length)[first]
    part = np.floor((middle - start[group]) / (metres / parts)[group])
    return np.cumsum(np.diff(group * (parts.max() + 1) + part, prepend=-1) != 0) - 1
