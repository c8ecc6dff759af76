"""Frames of a forward survey camera scored against hand-drawn masks, on the plane of the lane."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from ingest.imagery.camera import Camera, top_view
from ingest.imagery.frames import read_frame
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import quantify_frame


def seen_from_above(path: Path, camera: Camera) -> np.ndarray:
    """Return a mask file on the plane of the lane, shape as the view from above."""
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    return top_view(cv2.merge([mask] * 3), camera).image[..., 0] > 127


def squares(mask: np.ndarray, *, mm_per_pixel: float, side_m: float) -> np.ndarray:
    """Return the share of each grid square that a mask fills."""
    step = round(side_m * 1000 / mm_per_pixel)
    rows, columns = mask.shape[0] // step, mask.shape[1] // step
    return mask[: rows * step, : columns * step].reshape(rows, step, columns, step).mean(axis=(1, 3))


def frame_row(
    folder: Path, frame: str, camera: Camera, values: Mapping[str, float], *, engine: str
) -> dict[str, float]:
    """Return truth and finding of one frame: percent area, squares hit, pothole area, lane overlap."""
    image = read_frame(folder / "images" / f"{frame}.jpg", size=camera.size)
    result = quantify_frame(image, camera, values=values, engine=engine)
    lane, crack, hole = (
        seen_from_above(folder / kind / f"{frame}.png", camera) for kind in ("masks_lane", "masks", "masks_pothole")
    )
    grid = {"mm_per_pixel": camera.mm_per_pixel, "side_m": values["grid_m"]}
    road = squares(lane & result.valid, **grid) > 0.5
    true, found = (squares(mask & lane, **grid) > 0.0 for mask in (crack, result.mask))
    metre = camera.metres_per_pixel
    return {
        "usable": result.usable,
        "true_percent": 100 * float(true[road].mean()),
        "found_percent": 100 * float(found[road].mean()),
        "measured_percent": result.measures.get("crack_percent", np.nan),
        "hits": float((true & found & road).sum()),
        "either": float(((true | found) & road).sum()),
        "true_pothole": float((hole & lane).sum()) * metre**2,
        "found_pothole": result.measures.get("pothole_area", 0.0),
        "lane_both": float((result.lane & lane).sum()),
        "lane_either": float((result.lane | (lane & result.valid)).sum()),
        "lane_width": result.lane_width_m,
        "crack_metres": result.measures.get("crack_length", 0.0) * result.area_m2,
        "area": result.area_m2,
        "lane_metres": result.lane.shape[0] * metre if result.usable else 0.0,
    }


def frame_rows(
    folder: Path, frames: pd.DataFrame, cameras: Mapping[str, Camera], *, engine: str = "classical", **changes: float
) -> pd.DataFrame:
    """Return :func:`frame_row` for frames with the columns frame, road and section."""
    values = parameters(**changes)
    rows = [frame_row(folder, row.frame, cameras[row.road], values, engine=engine) for row in frames.itertuples()]
    return frames[["frame", "road", "section"]].reset_index(drop=True).join(pd.DataFrame(rows))


def summary(rows: pd.DataFrame) -> dict[str, float]:
    """Return scores over frames; a pothole counts as present from 0.02 m2, as cracked from 5 % of the squares."""
    true, found = rows["true_percent"], rows["found_percent"]
    holes = _presence(rows["true_pothole"] >= 0.02, rows["found_pothole"] >= 0.02)
    cracked = _presence(true >= 5.0, found >= 5.0)
    sound = (true == 0.0) & (rows["true_pothole"] == 0.0)
    return {
        "frames": len(rows),
        "percent_spearman": float(spearmanr(true, found).statistic),
        "percent_pearson": float(np.corrcoef(true, found)[0, 1]),
        "percent_mae": float((true - found).abs().mean()),
        "percent_mean_true": float(true.mean()),
        "percent_mean_found": float(found.mean()),
        "squares_iou": float(rows["hits"].sum() / max(rows["either"].sum(), 1)),
        **{f"cracked_{k}": v for k, v in cracked.items()},
        **{f"pothole_{k}": v for k, v in holes.items()},
        "lane_iou": float(rows["lane_both"].sum() / rows["lane_either"].sum()),
        "lane_width_median": float(rows["lane_width"].median()),
        "lane_width_in_limits": float(rows["lane_width"].dropna().between(2.5, 5.0).mean()),
        "lane_seen_share": float(rows["lane_width"].notna().mean()),
        "sound_frames": int(sound.sum()),
        "false_metres_per_100_m2": float(
            100 * rows.loc[sound, "crack_metres"].sum() / max(rows.loc[sound, "area"].sum(), 1)
        ),
        "false_metres_per_100_m": float(
            100 * rows.loc[sound, "crack_metres"].sum() / max(rows.loc[sound, "lane_metres"].sum(), 1)
        ),
    }


def _presence(true: pd.Series, found: pd.Series) -> dict[str, float]:
    both = float((true & found).sum())
    precision, recall = both / max(float(found.sum()), 1.0), both / max(float(true.sum()), 1.0)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-9)}
