"""A made network of 2 x 2 lanes x 6 km with six years of values: enough for every page to have something to show."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

YEARS = range(2019, 2025)
LENGTH = 6000.0
RUN = "a" * 64


def line() -> shapely.LineString:
    """Return a gently bent line near Hsinchu in EPSG:3826."""
    at = np.linspace(0, LENGTH, 61)
    return shapely.LineString(np.column_stack([255_000 + 600 * np.sin(at / 2500), 2_740_000 - at]))


def routes() -> gpd.GeoDataFrame:
    """Return route N1 in both directions; measure grows southward."""
    rows = [
        {"route": "N1", "direction": d, "name_zh": "國道1號", "name_en": "Freeway 1", "sense": s, "from_m": 20_000.0,
         "to_m": 20_000.0 + LENGTH, "version": "2019-01-01", "geometry": line()}
        for d, s in (("S", 1), ("N", -1))
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:3826")


def calibration() -> pd.DataFrame:
    """Return calibration points at both ends."""
    ends = [line().coords[0], line().coords[-1]]
    return pd.DataFrame(
        [
            {"route": "N1", "direction": d, "measure_m": 20_000.0 + m, "x": x, "y": y}
            for d in "SN"
            for m, (x, y) in zip((0.0, LENGTH), ends, strict=True)
        ]
    )


def lanes() -> pd.DataFrame:
    """Return two lanes in each direction."""
    return pd.DataFrame(
        [
            {"route": "N1", "direction": d, "lane": str(n), "from_m": 20_000.0, "to_m": 20_000.0 + LENGTH,
             "name_zh": f"第{n}車道", "name_en": f"Lane {n}", "width_m": 3.65, "offset_m": 3.65 * n + 1.0}
            for d in "SN"
            for n in (1, 2)
        ]
    )  # fmt: skip


def cells() -> gpd.GeoDataFrame:
    """Return the cells of the lanes."""
    from pavement.network import cells as network_cells

    return network_cells.cells(routes(), calibration(), lanes(), length=100.0)


def cell_values(*, seed: int = 1) -> pd.DataFrame:
    """Return yearly values of nine kinds for every cell."""
    rng = np.random.default_rng(seed)
    names = cells()["cell"].to_numpy()
    base = {"iri": 1.2, "rut": 3.0, "rut_max": 5.0, "crack_percent": 1.0, "esal": 9e5, "rain_mm": 2200, "heat_days": 60}
    rate = {"iri": 0.13, "rut": 0.9, "rut_max": 1.3, "crack_percent": 1.9, "esal": 2e4, "rain_mm": 0, "heat_days": 1}
    speed = np.exp(rng.normal(0, 0.5, len(names)))
    frames = []
    for kind in base:
        start = base[kind] * np.exp(rng.normal(0, 0.15, len(names)))
        for year in YEARS:
            value = start + rate[kind] * speed * (year - 2019) + rng.normal(0, 0.02 * base[kind], len(names))
            frames.append(
                pd.DataFrame(
                    {
                        "cell": names,
                        "year": year,
                        "kind": kind,
                        "value": np.clip(value, 0, None),
                        "coverage": 1.0,
                        "quality": "measured",
                        "method": "made for tests",
                        "surveyed_on": pd.Timestamp(year, 3, 5),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def forecasts(*, years: int = 10) -> pd.DataFrame:
    """Return a straight-line forecast of three kinds with a widening band."""
    values = cell_values()
    last = values[(values["year"] == 2024) & values["kind"].isin(["iri", "rut", "crack_percent"])]
    rate = last["kind"].map({"iri": 0.13, "rut": 0.9, "crack_percent": 1.9})
    frames = []
    for ahead in range(1, years + 1):
        value = last["value"] + rate * ahead
        frames.append(
            pd.DataFrame(
                {
                    "cell": last["cell"],
                    "year": 2024 + ahead,
                    "kind": last["kind"],
                    "value": value,
                    "low": value - rate * np.sqrt(ahead),
                    "high": value + rate * np.sqrt(ahead),
                    "origin_year": 2024,
                    "basis": "model",
                    "model": last["kind"] + "-20240601-abc",
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def actions() -> pd.DataFrame:
    """Return a made plan of eight actions."""
    rows = []
    for at in range(8):
        start = 20_000.0 + 600 * (at // 2)
        rows.append(
            {"plan": "", "rank": at + 1, "unit": f"n1-s-{at % 2 + 1}-{int(start):06d}", "route": "N1", "direction": "S",
             "lane": str(at % 2 + 1), "from_m": start, "to_m": start + 600.0, "year": 2025 + at // 3,
             "treatment": "mill_overlay", "area_m2": 600 * 3.65, "cost": 2_190_000.0 + 1000 * at,
             "benefit": 900.0 - 40 * at, "ratio": (900.0 - 40 * at) / 2.19e6, "price": 2e-4,
             "reason_zh": f"預測 {2025 + at // 3} 年 IRI 3.1 m/km 超過門檻", "status": "proposed",
             "reason_en": f"Forecast IRI of {2025 + at // 3} is 3.1 m/km, above the trigger",
             "cause": ["structural", "doubtful", ""][at % 3],
             "evidence_zh": "結構性：衝擊勁度模數 ISM 0.100 kN/µm（< 0.15）",
             "evidence_en": "structural: impulse stiffness ISM 0.100 kN/µm (< 0.15)",
             "coring": ["no", "yes", "no"][at % 3]}
        )  # fmt: skip
    return pd.DataFrame(rows)


def works() -> pd.DataFrame:
    """Return one surfacing work over the first kilometre southbound."""
    return pd.DataFrame(
        [
            {"work": "W-1", "route": "N1", "direction": "S", "lane": "", "from_m": 20_000.0, "to_m": 21_000.0,
             "completed_on": pd.Timestamp(2021, 6, 1), "contract": "110-A", "contractor": "=cmd()", "thickness_mm": 50,
             "treatment": "construction", "kind": "DGAC", "material": "19 mm", "note": "<script>alert(1)</script>"}
        ]
    )  # fmt: skip


def picture(*, line: tuple[int, int, int] = (60, 60, 60), share: float = 1.0) -> bytes:
    """Return a small grey frame as JPEG with a share of a line, dark as a crack or in another colour."""
    import cv2

    noise = np.random.default_rng(0).integers(90, 130, (256, 256, 1), dtype=np.uint8)
    image = np.repeat(noise, 3, axis=2)
    cv2.line(image, (20, 10), (round(20 + 180 * share), round(10 + 240 * share)), line, 4)
    return cv2.imencode(".jpg", image)[1].tobytes()


def frames(image: str, overlay: str, *, name: str = "f", year: int = 2024) -> pd.DataFrame:
    """Return six frames of a survey on the first cell southbound lane 1; in 2024 a seventh that nobody could judge."""
    listed = pd.DataFrame(
        [
            {"frame": f"{name}{at}", "route": "N1", "direction": "S", "lane": "1", "measure_m": 20_000.0 + 10 * at,
             "length_m": 2.0, "taken_at": pd.Timestamp(year, 3, 5, 2, tz="UTC"), "file": f"frames/{name}{at}.jpg",
             "image": image, "overlay": overlay, "area_m2": 4.0, "usable": True, "reason": ""}
            for at in range(6 if name == "e" else 7)
        ]
    )  # fmt: skip
    blurred = listed["frame"] == "f6"
    return listed.assign(usable=~blurred, reason=blurred.map({True: "out of focus", False: ""}))


def findings(*, name: str = "f") -> pd.DataFrame:
    """Return one crack in each of the six frames of a survey, where the picture has its line; half of it in 2022."""
    line = [[20, 10], [200, 250]] if name == "f" else [[20, 10], [110, 130]]
    return pd.DataFrame(
        [
            {"finding": f"{name}{at}-1", "frame": f"{name}{at}", "route": "N1", "direction": "S", "lane": "1",
             "measure_m": 20_000.0 + 10 * at, "kind": "crack", "type": "longitudinal", "length_m": 1.5, "width_mm": 3.0,
             "area_m2": 0.0, "confidence": 0.9, "outline": str([line]), "engine": "made 1"}
            for at in range(6)
        ]
    )  # fmt: skip


def crack_zones() -> pd.DataFrame:
    """Return cracks by zone of two stretches of 2 m of the first cell southbound lane 1."""
    place = {"route": "N1", "direction": "S", "lane": "1", "method": "made", "quality": "measured"}
    rows = [(0.0, "lane", "transverse", 0.0, None), (2.0, "lane", "transverse", 3.5, 7.0),
            (0.0, "wheel_path_left", "longitudinal", 1.0, 2.0), (2.0, "between", "other", 0.6, 8.0)]  # fmt: skip
    return pd.DataFrame(
        [
            {**place, "from_m": 20_000.0 + at, "to_m": 20_002.0 + at, "zone": zone, "type": kind, "length_m": length,
             "width_mm": width, "lane_width_m": 3.6, "surveyed_on": pd.Timestamp(2024, 3, 5)}
            for at, zone, kind, length, width in rows
        ]
    )  # fmt: skip


def wheel_path_ruts() -> pd.DataFrame:
    """Return the ruts of both wheel paths by two methods on the first 10 m of the first cell southbound lane 1."""
    place = {"route": "N1", "direction": "S", "lane": "1", "quality": "measured", "from_m": 20_000.0, "to_m": 20_010.0}
    rows = [(side, depth * share, method) for method, share in (("straightedge 2 m", 1.0), ("wire over the lane", 1.5))
            for side, depth in (("left", 8.0), ("right", 6.0))]  # fmt: skip
    return pd.DataFrame(
        [
            {**place, "side": side, "rut_mm": depth, "method": method, "surveyed_on": pd.Timestamp(2024, 3, 5)}
            for side, depth, method in rows
        ]
    )


def layers() -> pd.DataFrame:
    """Return asphalt over crushed stone under the first cell southbound lane 1, as built in 2010."""
    place = {"route": "N1", "direction": "S", "lane": "1", "from_m": 20_000.0, "to_m": 20_100.0}
    rows = [(1, "asphalt", "DGAC", 180.0), (2, "granular_base", "crushed stone", 320.0)]
    return pd.DataFrame(
        [
            {**place, "layer": at, "kind": kind, "material": material, "thickness_mm": thick,
             "placed_on": pd.Timestamp(2010, 5, 1), "surveyed_on": pd.NaT, "method": "", "quality": ""}
            for at, kind, material, thick in rows
        ]
    )  # fmt: skip


def rough_places() -> pd.DataFrame:
    """Return a short rough place in the first cell southbound lane 1, and one of an earlier survey."""
    place = {"route": "N1", "direction": "S", "lane": "1", "quality": "measured", "base_m": 7.62, "limit_iri": 2.5}
    rows = [(20_040.0, 4.25, 2024), (20_060.0, 5.5, 2020)]
    return pd.DataFrame(
        [
            {**place, "from_m": at, "to_m": at + 6.5, "peak_m": at + 3.0, "iri_peak": peak,
             "surveyed_on": pd.Timestamp(year, 3, 5)}
            for at, peak, year in rows
        ]
    )  # fmt: skip


def frame_coverage() -> pd.DataFrame:
    """Return a gap and an overlap between the frames of the survey."""
    place = {"route": "N1", "direction": "S", "lane": "1"}
    rows = [("gap", 20_002.0, 20_010.0, "f0", "f1"), ("overlap", 20_020.5, 20_022.0, "f2", "f3")]
    return pd.DataFrame(
        [
            {**place, "kind": kind, "from_m": low, "to_m": high, "length_m": high - low, "before": a, "after": b}
            for kind, low, high, a, b in rows
        ]
    )


def faults() -> pd.DataFrame:
    """Return one refused record whose text tries to be a page."""
    from pavement.errors import Fault, fault_frame

    fault = Fault(
        "rut<b>.csv", 7, "iri", "<script>alert(1)</script>", "range", "iri = '400' is outside.", "Check the unit."
    )
    return fault_frame([fault])


def fill(store: object) -> None:
    """Publish everything made here into an open store."""
    import datetime as dt

    from pavement.store import objects, runs

    image, overlay = (objects.put(store, picture(line=line)) for line in ((60, 60, 60), (0, 0, 255)))
    before = objects.put(store, picture(share=0.5))
    network = {"routes": routes(), "calibration": calibration(), "lanes": lanes(), "cells": cells()}
    runs.publish(
        store,
        runs.RunDraft(run="a" * 64, survey="network", package="network.zip", title="Network 2019", operator="Made",
                      surveyed_on=dt.date(2019, 1, 1), tables=network),
        user="data",
    )  # fmt: skip
    tables = {"cell_values": cell_values(), "works": works(), "frames": frames(image, overlay), "findings": findings(),
              "crack_zones": crack_zones(), "wheel_path_ruts": wheel_path_ruts(), "layers": layers(),
              "rough_places": rough_places(),
              "frame_coverage": frame_coverage()}  # fmt: skip
    runs.publish(
        store,
        runs.RunDraft(run="b" * 64, survey="2024", package="survey.zip", title="Survey <b>2024</b>", operator="Made",
                      surveyed_on=dt.date(2024, 3, 5), tables=tables, faults=faults(),
                      manifest={"camera": {"kind": "downward", "mm_per_pixel": 2.0, "width": 256, "height": 256}}),
        user="data",
    )  # fmt: skip
    earlier = {"frames": frames(before, overlay, name="e", year=2022), "findings": findings(name="e")}
    runs.publish(
        store,
        runs.RunDraft(run="c" * 64, survey="2022", package="earlier.zip", title="Survey 2022", operator="Made",
                      surveyed_on=dt.date(2022, 3, 5), tables=earlier),
        user="data",
    )  # fmt: skip


def condition() -> pd.DataFrame:
    """Return the condition of the network with and without the plan."""
    rows = [
        {"year": 2024 + at, "scenario": scenario, "kind": kind, "mean": start + rate * at, "good_share": 0.5,
         "poor_share": 0.05 + 0.03 * at * rate}
        for kind, start in (("iri", 1.8), ("rut", 6.0), ("crack_percent", 8.0))
        for scenario, rate in (("plan", 0.02), ("nothing", 0.13))
        for at in range(11)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def decide(store: object) -> None:
    """Save a forecast and a plan made here."""
    from pavement.store import forecasts as forecast_store
    from pavement.store import plans

    found = forecast_store.save(store, forecasts(), models={"iri": "iri-abc"}, user="planner")
    chosen = actions()
    units = chosen[["unit", "route", "direction", "lane", "from_m", "to_m", "area_m2"]].assign(cells=6)
    summary = {
        "budgets": {str(year): 8e6 for year in range(2025, 2035)},
        "value": 6080.0,
        "bound": 6100.0,
        "gap": 0.0033,
    }
    left = pd.DataFrame([{"unit": "n1-n-1-020000", "reason_zh": "不划算", "reason_en": "Too dear"}])
    spare = units.iloc[:1].assign(unit="n1-n-1-020000", direction="N", lane="1")
    lengths = pd.concat([units.drop_duplicates("unit"), spare])
    frames = {"actions": chosen, "treatment_lengths": lengths, "condition": condition(), "left": left}
    plans.save(store, frames, summary=summary, forecast_set=found.id, user="planner")
