"""
Fit a network of areas (fields of cracks, potholes) on forward road frames and write it as ONNX.

``python -m ingest.imagery.training.areas --roads FOLDER --road _386_ --camera CAMERA.toml [--lines] --out FILE``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ingest.imagery.areas import AREA_MM, evened, line_share
from ingest.imagery.camera import Camera, camera_from_file, top_view, view_size
from ingest.imagery.parameters import of_kind, parameters
from ingest.imagery.ridges import levelled, line_response
from ingest.imagery.training.network import CrackNet, loss
from ingest.imagery.training.train import averaged, export

CHANNELS = (16, 32, 48, 64)
SIZE, BATCH, RATE = 192, 8, 2e-3
# how far ahead of the vehicle the road is still sharp enough to learn from [m]
FAR_M = 11.0
_EVERY = 200

Grid = NDArray[Any]


@dataclass(frozen=True)
class Road:
    """A road from above: grey, lines, where it is seen, lane, fields of cracks and potholes, all (height, width)."""

    grey: Grid
    lines: Grid
    seen: Grid
    lane: Grid
    crack: Grid
    hole: Grid


def roads(folder: Path, camera: Camera, *, road: str, aside: str = "") -> list[Road]:
    """
    Return the frames of a road from above at the scale of the network.

    Parameters
    ----------
    folder
        With ``images``, ``masks``, ``masks_pothole`` and ``masks_lane``.
    camera
        Camera of the frames; the view is taken further ahead than it says.
    road
        Only frames with this in their name are learned from; the others stay unseen.
    aside
        Frames with this in their name stay unseen too, so that thresholds can be chosen on them.
    """
    wide = replace(camera, far_m=FAR_M, mm_per_pixel=AREA_MM)
    stems = [p.stem for p in sorted((folder / "images").iterdir()) if road in p.stem]
    stems = [s for s in stems if not aside or aside not in s]
    return [_road(folder, stem, wide) for stem in stems]


def _road(folder: Path, stem: str, camera: Camera) -> Road:
    view = top_view(_read(folder / "images" / f"{stem}.jpg"), camera)
    masks = [
        top_view(_read(folder / kind / f"{stem}.png"), camera).image[..., 0] > 127
        for kind in ("masks_lane", "masks", "masks_pothole")
    ]
    return Road(cv2.cvtColor(view.image, cv2.COLOR_BGR2GRAY), _lines(folder, stem, camera), view.valid, *masks)


def _lines(folder: Path, stem: str, camera: Camera) -> Grid:
    """Return how strong lines are, seen at the working scale, as the network gets to see it."""
    values = of_kind(parameters(), "forward")
    view = top_view(_read(folder / "images" / f"{stem}.jpg"), replace(camera, mm_per_pixel=values["working_mm"]))
    grey, mm = cv2.cvtColor(view.image, cv2.COLOR_BGR2GRAY), view.mm_per_pixel
    level = levelled(grey, view.valid, mm_per_pixel=mm, values=values)
    response = line_response(level, view.valid, mm_per_pixel=mm, values=values) * view.valid
    return line_share(response, view_size(camera), mm_per_pixel=mm, values=values).astype(np.float32)


def _read(path: Path) -> Grid:
    image = cv2.imread(str(path))
    if image is None:
        raise FileNotFoundError(path)
    return image


def scene(rng: np.random.Generator, given: Sequence[Road]) -> tuple[Grid, Grid]:
    """Return a piece of road, grey and lines, and truth, both (2, side, side): 1, 0, or 255 beyond the lane."""
    road = _chosen(rng, given)
    height, width = road.grey.shape
    scale = float(rng.uniform(0.8, 1.3))
    at = _place(rng, road)
    turn = np.asarray(cv2.getRotationMatrix2D(at, float(rng.normal(0, 6)), scale), float)
    turn[:, 2] += SIZE / 2 - np.array(at) + rng.uniform(-0.3, 0.3, 2) * SIZE
    if rng.random() < 0.5:
        turn = np.array([[-1, 0, SIZE - 1], [0, 1, 0]], float) @ np.vstack([turn, [0, 0, 1]])
    if rng.random() < 0.3:
        turn = np.array([[1, 0, 0], [0, -1, SIZE - 1]], float) @ np.vstack([turn, [0, 0, 1]])
    grey, lines = (cv2.warpAffine(part, turn, (SIZE, SIZE), flags=cv2.INTER_LINEAR) for part in (road.grey, road.lines))
    seen, lane, crack, hole = (
        cv2.warpAffine(mask.astype(np.uint8), turn, (SIZE, SIZE), flags=cv2.INTER_NEAREST) > 0
        for mask in (road.seen, road.lane, road.crack, road.hole)
    )
    level = evened(_photographed(rng, grey), seen, mm_per_pixel=AREA_MM)
    truth = np.where(lane & seen, np.stack([crack, hole]), np.where(seen, 255, 0)).astype(np.uint8)
    # beyond the lane nobody drew, unless something was drawn there
    truth[np.stack([crack, hole]) & seen] = 1
    # another camera, another road: lines stand out more or less, whatever there is to be seen
    return np.stack([level, lines * seen * np.float32(rng.uniform(0.6, 1.5))]), truth


def _chosen(rng: np.random.Generator, given: Sequence[Road]) -> Road:
    """Return a frame; one with potholes in a third of the cases, one without cracks in a sixth."""
    draw = rng.random()
    holed, sound = [r for r in given if r.hole.any()], [r for r in given if not r.crack.any()]
    pool = holed if draw < 1 / 3 and holed else sound if draw < 1 / 2 and sound else given
    return pool[int(rng.integers(len(pool)))]


def _place(rng: np.random.Generator, road: Road) -> tuple[float, float]:
    target = road.hole if road.hole.any() and rng.random() < 0.7 else road.lane
    rows, columns = np.nonzero(target if target.any() else road.seen)
    one = int(rng.integers(len(rows)))
    return float(columns[one]), float(rows[one])


def _photographed(rng: np.random.Generator, grey: Grid) -> Grid:
    tone = 255 * (grey.astype(np.float32) / 255) ** float(rng.uniform(0.6, 1.6))
    ramp = np.linspace(-1, 1, SIZE, dtype=np.float32)
    slope = rng.uniform(-0.25, 0.25, 2)
    tone = tone * (1 + slope[0] * ramp + slope[1] * ramp[:, None])
    if rng.random() < 0.5:
        tone = cv2.GaussianBlur(tone, (0, 0), float(rng.uniform(0.3, 1.2)))
    tone = tone + rng.normal(0, rng.uniform(0, 5), tone.shape)
    return np.clip(tone, 0, 255).astype(np.uint8)


def fit(given: Sequence[Road], *, lines: bool, steps: int, seed: int) -> CrackNet:
    """
    Return the network after `steps` batches of 8 scenes, its weights averaged over the last of them.

    Parameters
    ----------
    given
        Frames to learn from.
    lines
        Whether the network sees lines beside grey.
    steps, seed
        Batches, and what scenes and first weights come from.
    """
    layers = 2 if lines else 1
    torch.manual_seed(seed)
    network, average = (CrackNet(CHANNELS, layers=layers, classes=2) for _ in range(2))
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-3)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.05)
    mean = 0.0
    for step in range(1, steps + 1):
        pairs = [scene(np.random.default_rng([seed, step, i]), given) for i in range(BATCH)]
        level, truth = (torch.from_numpy(np.stack(part)) for part in zip(*pairs, strict=True))
        odds = network(level[:, :layers])
        value = loss(odds[:, :1], truth[:, :1]) + loss(odds[:, 1:], truth[:, 1:])
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        plan.step()
        averaged(average, network, step)
        mean += float(value.detach()) / _EVERY
        if step % _EVERY == 0:
            print(f"step {step} of {steps}: loss {mean:.4f}", flush=True)
            mean = 0.0
    return average.eval()


def main() -> None:
    """Read the arguments, fit, export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--roads", type=Path, required=True, help="road frames: images, masks, masks_pothole, masks_lane"
    )
    parser.add_argument("--road", default="", help="learn only from frames with this in their name")
    parser.add_argument("--aside", default="", help="but not from those with this in their name")
    parser.add_argument("--camera", type=Path, required=True, help="TOML of their camera")
    parser.add_argument("--lines", action="store_true", help="the network sees the line filter's answer beside grey")
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file")
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    views = roads(given.roads, camera_from_file(given.camera), road=given.road, aside=given.aside)
    export(fit(views, lines=given.lines, steps=given.steps, seed=given.seed), given.out)


if __name__ == "__main__":
    main()
