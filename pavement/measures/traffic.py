"""Traffic load: axle load equivalency, truck factors, lane distribution and 80 kN axle loads."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pavement.errors import SurveyError
from pavement.measures.limits import limit
from pavement.schema import read_table

Floats = NDArray[np.float64]

KN_PER_KIP = 4.4482216152605
DAYS = 365.0


def load_equivalency(
    load: ArrayLike, *, axles: ArrayLike, structural_number: ArrayLike, terminal: float = 2.5
) -> Floats:
    """
    Return how many passes of an 80 kN single axle do the damage of one axle group on a flexible pavement. [-]

    Parameters
    ----------
    load
        Load on the whole axle group; a missing one (NaN) has a missing factor, no load has 0. [kN]
    axles
        Axles in the group: 1 single, 2 tandem, 3 tridem.
    structural_number
        Structural number of the pavement. [-]
    terminal
        Serviceability at which the pavement is worn out, between 1.5 and 4.2. [-]

    Raises
    ------
    SurveyError
        A load below 0 or without end, a group of other than 1 to 3 axles, a structural number below 0, or a `terminal`
        that is not between its bounds.

    Notes
    -----
    ``log10(1/LEF) = 4.79 log10(19) - 4.79 log10(Lx + L2) + 4.33 log10(L2) + Gt/bx - Gt/b18`` with
    ``Gt = log10((4.2 - pt)/2.7)`` and ``b = 0.40 + 0.081 (Lx + L2)^3.23 / ((SN + 1)^5.19 L2^3.23)``, loads in kip.

    References
    ----------
    .. [1] AASHTO Guide for Design of Pavement Structures, 1993, appendix D.

    Examples
    --------
    >>> round(float(load_equivalency(30 * KN_PER_KIP, axles=1, structural_number=3)), 2)
    7.94
    """
    kip, group = axle_groups_in_kip(load, axles=axles)
    sn = np.asarray(structural_number, dtype=float)
    if (sn < 0).any():
        raise SurveyError(f"A structural number of {sn.min():g} is below 0.", cure="Give 0 or more.")
    check_terminal(terminal, new=4.2)
    loss = np.log10((4.2 - terminal) / (4.2 - 1.5))

    def curvature(weight: Floats | float, number: Floats | float) -> Floats:
        return 0.40 + 0.081 * (weight + number) ** 3.23 / ((sn + 1) ** 5.19 * number**3.23)

    exponent = (
        4.79 * np.log10(19.0)
        - 4.79 * np.log10(kip + group)
        + 4.33 * np.log10(group)
        + loss / curvature(kip, group)
        - loss / curvature(18.0, 1.0)
    )
    return np.where(kip == 0, 0.0, 10.0**-exponent)


def axle_groups_in_kip(load: ArrayLike, *, axles: ArrayLike) -> tuple[Floats, Floats]:
    """Return loads [kip] and axles of groups [-], of 1 to 3 axles each and with no load below 0 [kN]; NaN stays."""
    force, group = np.asarray(load, dtype=float), np.asarray(axles, dtype=float)
    wrong = (force < 0) | np.isinf(force)
    if wrong.any():
        raise SurveyError(f"An axle group cannot weigh {force[wrong].flat[0]:g} kN.", cure="Give loads of 0 or more.")
    other = ~np.isin(group, (1, 2, 3))
    if other.any():
        raise SurveyError(
            f"There is no load equivalency of {group[other].flat[0]:g} axles in a group.",
            cure="Use 1 single, 2 tandem or 3 tridem.",
        )
    return force / KN_PER_KIP, group


def check_terminal(terminal: float, *, new: float) -> None:
    """Raise SurveyError unless a terminal serviceability lies between 1.5 and that of a `new` pavement. [-]"""
    if not 1.5 < terminal < new:
        raise SurveyError(
            f"A terminal serviceability of {terminal:g} is not between 1.5 and {new:g}.",
            cure="2.5 is usual on main roads.",
        )


def fourth_power(load: ArrayLike) -> Floats:
    """Return the fourth-power shortcut ``(load / 80 kN)^4`` of single axles [-]; label it where it is shown."""
    return (np.asarray(load, dtype=float) / 80.0) ** 4


def truck_factors() -> pd.DataFrame:
    """Return ``tables/truck_factors.csv`` by vehicle class (text), ``heavy`` as bool. [ESAL/veh]"""
    frame = read_table("truck_factors")
    classes = frame["vehicle_class"].map(class_name)
    return frame.assign(vehicle_class=classes, heavy=frame["heavy"] == "yes").set_index("vehicle_class")


def class_name(value: object) -> str:
    """Return a vehicle class as text: 41, 41.0 and ' 41 ' are the class ``41``."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def lane_shares(lanes: ArrayLike, lane: ArrayLike) -> Floats:
    """
    Return the share of a direction's loads that a lane carries. [-]

    Parameters
    ----------
    lanes
        Numbered lanes in the direction there.
    lane
        Lane: ``1`` is the inside lane; lanes without a row, such as shoulders, have no share (NaN).
    """
    table = read_table("lane_distribution")
    share = table.set_index([table["lanes"].astype(int), table["lane"].astype(int).astype(str)])["share"]
    keys = pd.MultiIndex.from_arrays([np.asarray(lanes, dtype=int), pd.Series(np.asarray(lane)).astype(str)])
    return share.reindex(keys).to_numpy(dtype=float)


def growth_factor(rate: float, *, years: float) -> float:
    """Return the sum of `years` years of traffic growing by `rate` [1/year], in first years: ``((1+g)^n - 1)/g``."""
    if rate <= -1:
        raise SurveyError(f"A growth of {rate:g} a year leaves no traffic.", cure="Write 2 % as 0.02.")
    return float(years) if abs(rate) < 1e-12 else ((1 + rate) ** years - 1) / rate


def esal(
    aadt: ArrayLike, *, truck_factor: ArrayLike, lane_share: ArrayLike = 1.0, growth: float = 0.0, years: float = 1.0
) -> Floats:
    """
    Return 80 kN axle loads of one lane over `years`. [-]

    Parameters
    ----------
    aadt
        Vehicles a day in the direction, by class along the last axis. [veh/day]
    truck_factor
        Axle loads a vehicle of each class. [ESAL/veh]
    lane_share
        Share of the direction's loads in the lane. [-]
    growth
        Yearly growth. [1/year]
    years
        Length of the period. [year]

    References
    ----------
    .. [1] AASHTO 1993: ESAL = sum(count x factor) x 365 x lane share x growth factor.
    """
    daily = (np.asarray(aadt, dtype=float) * np.asarray(truck_factor, dtype=float)).sum(axis=-1)
    return daily * DAYS * np.asarray(lane_share, dtype=float) * growth_factor(growth, years=years)


def twice_counted(traffic: pd.DataFrame) -> pd.DataFrame:
    """
    Return traffic rows whose stretch another counter of the same direction, year and class also covers (T22).

    Columns of `traffic` with ``other`` (the counter before it) and ``sum`` [veh/day] of both added; both are kept and
    averaged by length, never added up.
    """
    keys = ["route", "direction", "year", "vehicle_class"]
    ordered = traffic.sort_values([*keys, "from_m", "to_m"], kind="stable")
    before = ordered.groupby(keys, sort=False)[["to_m", "counter", "aadt"]].shift()
    overlap = before["to_m"] > ordered["from_m"] + 1e-6
    found = ordered.assign(other=before["counter"], sum=before["aadt"] + ordered["aadt"])
    return found[overlap].reset_index(drop=True)


def impossible_counts(traffic: pd.DataFrame) -> pd.DataFrame:
    """
    Return counters, directions and years whose heavy vehicles are too large a share of all (T22).

    Columns counter, direction, year, share [-], total [veh/day].
    """
    heavy = traffic["vehicle_class"].map(class_name).map(truck_factors()["heavy"]).fillna(False).astype(bool)
    work = traffic[["counter", "direction", "year"]].assign(
        total=traffic["aadt"], heavy=traffic["aadt"].where(heavy, 0.0)
    )
    found = work.groupby(["counter", "direction", "year"], as_index=False)[["total", "heavy"]].sum()
    found["share"] = found["heavy"] / found["total"].where(found["total"] > 0)
    return found[found["share"] > limit("heavy_share_max")].drop(columns="heavy").reset_index(drop=True)


def wrong_shares(shares: pd.DataFrame) -> pd.DataFrame:
    """
    Return counters, directions and years whose class shares do not make 100 % (T22).

    Parameters
    ----------
    shares
        Table ``traffic_shares``.

    Returns
    -------
    found
        Columns counter, direction, year, sum [%].
    """
    sums = shares.groupby(["counter", "direction", "year"], as_index=False)["share"].sum()
    wrong = (sums["share"] - 100.0).abs() > limit("share_sum_tolerance")
    return sums[wrong].rename(columns={"share": "sum"}).reset_index(drop=True)


def both_directions(traffic: pd.DataFrame) -> pd.DataFrame:
    """
    Return counts of a stretch and year that are the same in both directions, class by class (T22).

    Two directions never count alike in every class: it is the sum of both, written under each of them. Stretches
    counted in one class only are not judged.

    Returns
    -------
    found
        Columns route, from_m, to_m, year, sum: what both directions together would be. [veh/day]
    """
    keys = ["route", "from_m", "to_m", "year"]
    of = traffic.groupby([*keys, "direction", "vehicle_class"], as_index=False)["aadt"].sum()
    classes = of.groupby([*keys, "vehicle_class"])["aadt"].agg(["count", "min", "max"]).reset_index()
    same = (classes["count"] == 2) & (classes["min"] == classes["max"])
    judged = classes.assign(same=same, filled=classes["max"] > 0, sum=classes["min"] + classes["max"])
    found = judged.groupby(keys, as_index=False).agg(same=("same", "all"), filled=("filled", "sum"), sum=("sum", "sum"))
    return found[found["same"] & (found["filled"] > 1)].drop(columns=["same", "filled"]).reset_index(drop=True)
