"""What a cell is made of and bears: layers, strength, drainage, traffic, weather, all smooth along the road."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sample_data.freeway import Freeway
from sample_data.process import constants, correlated, stream_of

MM_PER_INCH = 25.4
CLASSES = ("31", "32", "41", "42", "5")
_SHARES = np.array([0.655, 0.135, 0.02, 0.105, 0.085])
# interchanges cut the traffic counts: route, from_m, to_m, vehicles a day and direction in 2018
LINKS = (
    ("N99", 10_000.0, 15_500.0, 36_000),
    ("N99", 15_500.0, 21_000.0, 44_000),
    ("N99", 21_000.0, 28_000.0, 51_000),
    ("N99", 28_000.0, 36_000.0, 33_000),
    ("N98", 0.0, 4_050.0, 17_000),
)
# share of a direction's axle loads by lane, where it has two and where it has three
_LOAD_SHARE = {2: {"1": 0.16, "2": 0.84, "aux": 0.25}, 3: {"1": 0.05, "2": 0.4, "3": 0.55, "aux": 0.25}}
STATIONS = pd.DataFrame(
    {
        "station": ["C0Z990", "C0Z991", "C0Z992"],
        "name": ["範例一", "範例二", "範例三"],
        "x": [216_900.0, 209_200.0, 214_600.0],
        "y": [2_682_900.0, 2_672_300.0, 2_660_300.0],
        "elevation_m": [112.0, 61.0, 24.0],
        "temp_mean": [22.4, 23.1, 23.9],
        "rain_mm": [1720.0, 1540.0, 1390.0],
        "heat_days": [95.0, 118.0, 140.0],
    }
)


def links(network: Freeway, *, seed: int) -> pd.DataFrame:
    """Return traffic links: counter, route, direction, from_m, to_m [m], aadt in 2018 [veh/day], heavy factor."""
    rng = stream_of(seed, "links")
    limits = network.routes.set_index("route")[["from_m", "to_m"]]
    rows = []
    for row in network.routes.itertuples():
        for number, (route, low, high, aadt) in enumerate(LINKS):
            low, high = max(low, limits.loc[row.route, "from_m"].min()), min(high, limits.loc[row.route, "to_m"].max())
            if route == row.route and high > low:
                rows.append((f"{route}-{row.direction}-{number}", route, row.direction, low, high, aadt))
    table = pd.DataFrame(rows, columns=["counter", "route", "direction", "from_m", "to_m", "aadt"])
    return table.assign(
        aadt=table["aadt"] * rng.uniform(0.94, 1.06, len(table)), heavy=rng.uniform(0.85, 1.2, len(table))
    )


def traffic(network: Freeway, years: range, *, seed: int) -> pd.DataFrame:
    """Return counts by counter, year and vehicle class, as the table traffic. aadt in [veh/day]"""
    table = links(network, seed=seed)
    shares = np.where(np.arange(len(CLASSES)) >= 2, table[["heavy"]].to_numpy(), 1.0) * _SHARES
    shares /= shares.sum(axis=1, keepdims=True)
    grown = np.array([_growth(year) for year in years])
    counts = np.round(table["aadt"].to_numpy()[:, None, None] * grown[None, :, None] * shares[:, None, :])
    index = pd.MultiIndex.from_product(
        [table["counter"], list(years), CLASSES], names=["counter", "year", "vehicle_class"]
    )
    frame = pd.DataFrame({"aadt": counts.ravel()}, index=index).reset_index()
    return frame.merge(table.drop(columns=["aadt", "heavy"]), on="counter")[
        ["counter", "route", "direction", "from_m", "to_m", "year", "vehicle_class", "aadt"]
    ]


def _growth(year: int) -> float:
    p = constants()
    dip = 1 - p["traffic_dip"] if year == 2021 else 1.0
    return float((1 + p["traffic_growth"]) ** (year - 2018) * dip)


def axles(cells: pd.DataFrame, network: Freeway, years: range, *, seed: int) -> np.ndarray:
    """Return 80 kN axles of each cell and year, shape (cells, years). [million/year]"""
    p = constants()
    factor = {c: p[f"truck_{c}"] for c in CLASSES}
    counts = traffic(network, years, seed=seed)
    daily = counts.assign(axles=counts["aadt"] * counts["vehicle_class"].map(factor)).pivot_table(
        index="counter", columns="year", values="axles", aggfunc="sum"
    )
    at = _counter_of(cells, links(network, seed=seed))
    return daily.loc[at].to_numpy() * 365 / 1e6 * _load_share(cells)[:, None]


def _counter_of(cells: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    middle = (cells["from_m"] + cells["to_m"]) / 2
    keys = cells[["route", "direction"]].assign(middle=middle, row=np.arange(len(cells)))
    joined = keys.merge(table, on=["route", "direction"])
    inside = joined[(joined["from_m"] <= joined["middle"]) & (joined["middle"] < joined["to_m"])]
    return inside.set_index("row").sort_index()["counter"]


def _load_share(cells: pd.DataFrame) -> np.ndarray:
    place = np.floor(cells["from_m"] / 100).rename("place")
    main = (cells["lane"] != "aux").astype(int)
    places = main.groupby([cells["route"], cells["direction"], place]).transform("sum")
    return np.array([_LOAD_SHARE[int(n)][lane] for n, lane in zip(places, cells["lane"], strict=True)])


def ground(network: Freeway, *, seed: int) -> pd.DataFrame:
    """
    Return the cells with what they are made of.

    Returns
    -------
    ground
        The columns of cells but geometry, and: section (construction contract), opened [year], asphalt_mm, treated_mm,
        granular_mm [mm], sn [-], strength, drainage, luck_crack, luck_rut [standard deviations], heat [-] (heat days
        over their mean), rain [-].
    """
    p = constants()
    cells = pd.DataFrame(network.cells.drop(columns="geometry"))
    pieces = [_along(frame, seed=seed) for _, frame in cells.groupby(["route", "direction"], sort=False)]
    frame = pd.concat(pieces).loc[cells.index]
    frame["strength"] *= np.sqrt(1 - p["strength_lane_share"])
    for name in ("lane_strength", "luck_crack", "luck_rut"):
        frame[name] = _by_lane(frame, name, seed=seed)
    frame["strength"] += np.sqrt(p["strength_lane_share"]) * frame.pop("lane_strength")
    coefficient = [p[f"layer_{k}"] for k in ("asphalt", "treated_base", "granular_base")]
    frame["sn"] = frame[["asphalt_mm", "treated_mm", "granular_mm"]].to_numpy() @ coefficient / MM_PER_INCH
    return frame.join(_weather(network))


def _along(frame: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Add what all lanes of a direction share at one place."""
    p = constants()
    route, direction = frame[["route", "direction"]].iloc[0]
    rng = stream_of(seed, "along", route, direction)
    place = np.unique(np.floor(frame["from_m"] / 100).astype(int))
    common = pd.DataFrame(index=place)
    common["strength"] = correlated(rng, len(place), spacing=100.0, length=p["strength_length"])
    common["drainage"] = correlated(rng, len(place), spacing=100.0, length=p["drainage_length"])
    sections = _sections(place, rng)
    common["section"] = [f"{route}-{direction}-{n + 1}" for n in sections]
    count = sections.max() + 1
    common["opened"] = rng.integers(int(p["construction_first"]), int(p["construction_last"]) + 1, count)[sections]
    common["asphalt_mm"] = rng.choice([200.0, 220.0, 250.0, 280.0], count)[sections]
    common["treated_mm"] = rng.choice([0.0, 150.0, 200.0], count)[sections]
    common["granular_mm"] = rng.choice([200.0, 250.0, 300.0], count)[sections]
    at = np.floor(frame["from_m"] / 100).astype(int)
    return frame.join(common.loc[at].set_index(frame.index))


def _sections(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the number of the construction contract of each 100 m: contracts are 2 to 5 km long."""
    ends = place[0] + np.cumsum(rng.integers(20, 51, len(place) // 20 + 2))
    return np.searchsorted(ends, place, side="right")


def _by_lane(frame: pd.DataFrame, name: str, *, seed: int) -> pd.Series:
    parts = []
    for (route, direction, lane), part in frame.groupby(["route", "direction", "lane"]):
        rng = stream_of(seed, name, route, direction, lane)
        parts.append(pd.Series(correlated(rng, len(part), spacing=100.0, length=150.0), index=part.index))
    return pd.concat(parts)


def _weather(network: Freeway) -> pd.DataFrame:
    """Return heat and rain of each cell over their means, weighted by inverse squared distance to the stations."""
    middle = network.cells.geometry.centroid
    square = (middle.x.to_numpy()[:, None] - STATIONS["x"].to_numpy()) ** 2 + (
        middle.y.to_numpy()[:, None] - STATIONS["y"].to_numpy()
    ) ** 2
    weight = 1 / square
    weight /= weight.sum(axis=1, keepdims=True)
    heat, rain = (STATIONS[name].to_numpy() / STATIONS[name].mean() for name in ("heat_days", "rain_mm"))
    return pd.DataFrame({"heat": weight @ heat, "rain": weight @ rain}, index=network.cells.index)
