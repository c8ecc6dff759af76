"""What the agency's system holds: road basics, construction history, distress and repair records."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from pavement.dates import roc_year
from pavement.network.calibration import calibrations
from sample_data.ageing import History
from sample_data.asphalt import jpeg, light, texture
from sample_data.freeway import LANE_WIDTH, Freeway
from sample_data.manifest import survey_of, write_manifest
from sample_data.process import stream_of
from sample_data.sheets import (
    LANES,
    TREATMENTS,
    dates_in_words,
    places_in_words,
    stretches_in_words,
    write_csv,
    write_xlsx,
)

_FORMS = ("路堤", "路塹", "高架橋", "路堤", "橋梁")
_CONTRACTORS = ("範例營造甲", "範例營造乙", "範例工程丙")
_SOURCES = ("巡查", "用路人通報", "警察通報")
_MIXES = {
    "construction": ("密級配", "密級配瀝青混凝土"),
    "mill_overlay": ("開放級配", "改質瀝青混凝土"),
    "thin_overlay": ("開放級配", "改質瀝青混凝土"),
}
_RESURFACING_PHOTOS = 12


def write_records(folder: Path, network: Freeway, truth: History, *, years: range, seed: int) -> Path:
    """Write the package of records and return its folder: sections, works (CSV) and distress (xlsx with photos)."""
    write_csv(sections(network, seed=seed), folder / "sections.csv")
    write_csv(works(truth.works, seed=seed), folder / "works.csv")
    table, photos = distress(truth, years=years, seed=seed)
    write_xlsx(table, folder / "distress.xlsx", sheet="損壞處理紀錄")
    for name, content in photos.items():
        (folder / "photos").mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    photo_key = {"photos": "photos/*.jpg"} if photos else {}
    write_manifest(
        folder,
        survey=survey_of("records", "道路基本資料、施工履歷與損壞處理紀錄", on=dt.date(2025, 12, 1), vehicle="PMS"),
        data=[
            {"kind": "sections", "file": "sections.csv"},
            {"kind": "works", "file": "works.csv"},
            {"kind": "distress", "file": "distress.xlsx", **photo_key},
        ],
    )
    return folder


def sections(network: Freeway, *, seed: int) -> pd.DataFrame:
    """Return road basics of each kilometre under the agency's headers."""
    rng = stream_of(seed, "sections")
    known = calibrations(network.routes, network.calibration)
    rows = []
    for route in network.routes.itertuples():
        cuts = np.unique(np.append(np.arange(route.from_m, route.to_m, 1000.0), route.to_m))
        middle = (cuts[:-1] + cuts[1:]) / 2
        line = known[(route.route, route.direction)]
        ahead, behind = (line.point(np.clip(middle + d, route.from_m, route.to_m)) for d in (10, -10))
        step = (ahead - behind) * route.sense
        bearing = np.degrees(np.arctan2(step[:, 0], step[:, 1])) % 360
        normal = np.column_stack([step[:, 1], -step[:, 0]]) / np.hypot(*step.T)[:, None]
        centre = line.point(middle) + normal * (0.5 + LANE_WIDTH)
        rows.append(
            pd.DataFrame(
                {
                    "route": route.route, "direction": route.direction, "from_m": cuts[:-1], "to_m": cuts[1:],
                    "angle": bearing.round(1), "x": centre[:, 0].round(2), "y": centre[:, 1].round(2),
                }
            )
        )  # fmt: skip
    frame = pd.concat(rows, ignore_index=True)
    lanes = np.array([_lanes_at(network.lanes, row) for row in frame.itertuples()])
    return stretches_in_words(frame).assign(
        全車道數=lanes[:, 0],
        全路幅寬度=(lanes[:, 0] * LANE_WIDTH + 3.5).round(2),
        道路形式=rng.choice(_FORMS, len(frame)),
        輔助車道=np.where(lanes[:, 1] > 0, "有", "無"),
        槽化區=np.where(lanes[:, 1] > 0, "有", "無"),
        避車彎=np.where(rng.random(len(frame)) < 0.12, "有", "無"),
        車道角度=frame["angle"],
        車道中心坐標X=frame["x"],
        車道中心坐標Y=frame["y"],
    )


def _lanes_at(lanes: pd.DataFrame, row: object) -> tuple[int, int]:
    """Return the number of through and of auxiliary lanes that touch a stretch."""
    same = (lanes["route"] == row.route) & (lanes["direction"] == row.direction)  # type: ignore[attr-defined]
    touch = lanes[same & (lanes["from_m"] < row.to_m) & (lanes["to_m"] > row.from_m)]  # type: ignore[attr-defined]
    return int((touch["lane"] != "aux").sum()), int((touch["lane"] == "aux").sum())


def works(table: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Return the recorded works under the agency's headers; works that were never recorded are left out."""
    rng = stream_of(seed, "works")
    known = table[table["recorded"]].reset_index(drop=True)
    years = pd.Series([roc_year(d.year) for d in known["completed_on"]])
    mixes = known["treatment"].map(lambda t: _MIXES.get(t, ("", "")))
    head = pd.DataFrame({"施工編號": known["work"]}).join(stretches_in_words(known))
    return head.assign(
        車道別=known["lane"].map(LANES),
        完工日期=dates_in_words(known["completed_on"]),
        標案=[
            f"{y}年度國道鋪面整修" if t != "construction" else f"{y}年度新建工程"
            for y, t in zip(years, known["treatment"], strict=True)
        ],
        施工廠商=rng.choice(_CONTRACTORS, len(known)),
        工法=known["treatment"].map(TREATMENTS),
        施工厚度=known["thickness_mm"].map(lambda v: "" if pd.isna(v) else f"{v:.0f}"),
        種類=[m[0] for m in mixes],
        材質=[m[1] for m in mixes],
        備註="",
    )


def distress(truth: History, *, years: range, seed: int) -> tuple[pd.DataFrame, dict[str, bytes]]:
    """Return records of potholes reported and mended under the agency's headers, and photos by file name."""
    rng = stream_of(seed, "distress")
    mended = truth.works[(truth.works["treatment"] == "pothole_patch")].reset_index(drop=True)
    year = pd.Series([d.year for d in mended["completed_on"]], dtype=int)
    told = mended[((year >= min(years)) & (rng.random(len(mended)) < 0.75)).to_numpy()].reset_index(drop=True)
    count = len(told)
    told = told.assign(measure_m=np.round(told["from_m"] + rng.random(count) * (told["to_m"] - told["from_m"])))
    days = rng.integers(2, 21, count)
    reported = [d - dt.timedelta(days=int(n)) for d, n in zip(told["completed_on"], days, strict=True)]
    number = [f"D{n + 1:05d}" for n in range(count)]
    photos = {
        f"photos/{n}{k}.jpg": _photo(rng, mended=k == "b", seed=seed)
        for n in number[-_RESURFACING_PHOTOS:]
        for k in "ab"
    }
    frame = pd.DataFrame({"紀錄編號": number, "位置": places_in_words(told), "車道別": told["lane"].map(LANES)}).assign(
        通報日期=dates_in_words(pd.Series(reported, dtype=object)),
        損壞說明=rng.choice(["坑洞", "坑洞併龜裂", "坑洞，面層剝落"], count),
        損壞照片=[f"photos/{n}a.jpg" if f"photos/{n}a.jpg" in photos else "" for n in number],
        通報來源=rng.choice(_SOURCES, count, p=[0.7, 0.2, 0.1]),
        預計處理日期=dates_in_words(told["completed_on"]),
        預計處理方式="坑洞修補",
        修復日期=dates_in_words(told["completed_on"]),
        修復廠商=rng.choice(_CONTRACTORS, count),
        處理方式="坑洞修補",
        修復說明="完成",
        修復照片=[f"photos/{n}b.jpg" if f"photos/{n}b.jpg" in photos else "" for n in number],
    )
    return frame, photos


def _photo(rng: np.random.Generator, *, mended: bool, seed: int) -> bytes:
    """Return a small picture of a pothole, or of the patch that closed it."""
    size = (320, 240)
    grey = 108 + texture(rng, seed=seed, size=size)
    mask = np.zeros(size[::-1], np.float32)
    centre = tuple(int(v) for v in rng.integers((120, 90), (200, 150)))
    if mended:
        cv2.rectangle(mask, (centre[0] - 70, centre[1] - 50), (centre[0] + 70, centre[1] + 50), 1.0, cv2.FILLED)
    else:
        cv2.ellipse(mask, centre, (55, 38), float(rng.uniform(0, 180)), 0, 360, 1.0, cv2.FILLED)
    dark = 0.22 if mended else 0.45
    image = grey * light(rng, size=size) * (1 - dark * cv2.GaussianBlur(mask, (0, 0), 2.0))
    return jpeg(np.clip(image, 0, 255).astype(np.uint8), quality=80)
