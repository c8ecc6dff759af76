"""Frame packages: downward frames of some cells, twice, so that growth can be seen; and what is truly on them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sample_data.ageing import History
from sample_data.asphalt import HEIGHT, MM_PER_PIXEL, WIDTH, jpeg, texture
from sample_data.crack_maps import share_cracked
from sample_data.freeway import Freeway
from sample_data.manifest import TAIPEI, survey_of, write_manifest
from sample_data.pictures import LENGTH, SPAN, UNUSABLE, edges, picture, pixels, road
from sample_data.process import correlated, stream_of
from sample_data.sheets import write_csv
from sample_data.surfaces import Surface, area_of, since_drop, surface

# frames of worse cells would be little but one pattern over another
_MOST = 32.0
# stones beside a frame that another year's sees, the vehicle being further left or right [px]
_ROOM = 40
# of what the stones show, this is there in the next survey too
_LASTING = 0.8
CAMERA = {"kind": "downward", "mm_per_pixel": MM_PER_PIXEL, "width": WIDTH, "height": HEIGHT}


@dataclass(frozen=True)
class Views:
    """Which frames are taken: of whole cells with about these areas cracked [%], of others, how many each."""

    whole: tuple[float, ...]
    whole_frames: int
    others: int
    other_frames: int


@dataclass(frozen=True)
class Place:
    """One frame: the surface it is of and how far from the cell's entry it starts [m]."""

    surface: Surface
    start: float
    extras: tuple[str, ...]

    @property
    def entry(self) -> float:
        """Measure of the edge the vehicle meets first, the lower one of the image. [m]"""
        row = self.surface.row
        return float(row["from_m"]) + self.start if row["sense"] == 1 else float(row["to_m"]) - self.start  # type: ignore[arg-type]

    @property
    def measure(self) -> float:
        """Smallest measure seen, whatever the direction of travel. [m]"""
        return self.entry if self.surface.row["sense"] == 1 else self.entry - LENGTH

    @property
    def name(self) -> str:
        """Route, direction, lane and measure in decimetres."""
        row = self.surface.row
        return f"{row['route']}-{row['direction']}-{row['lane']}-{round(self.measure * 10):07d}"


def surfaces(network: Freeway, truth: History, *, views: Views, years: tuple[int, ...], seed: int) -> list[Surface]:
    """Return the surfaces that frames are taken of: whole cells first."""
    sense = network.routes.set_index(["route", "direction"])["sense"]
    cells = truth.ground.set_index("cell")
    chosen = _chosen(truth, views=views, years=years, seed=seed)
    keys = [(cells.loc[c, "route"], cells.loc[c, "direction"]) for c in chosen]
    return [surface(c, truth, sense=int(sense[k]), years=years, seed=seed) for c, k in zip(chosen, keys, strict=True)]


def _chosen(truth: History, *, views: Views, years: tuple[int, ...], seed: int) -> list[str]:
    """Return cells of full length that no work touched between the first and the last of the years."""
    percent = truth.states.pivot_table(index="cell", columns="year", values="crack_percent")
    kept = percent.apply(lambda row: since_drop(row).index[0] <= min(years), axis=1)
    ground = truth.ground.set_index("cell").loc[percent.index]
    full = (ground["to_m"] - ground["from_m"] == 100) & (ground["lane"] != "aux") & (percent.max(axis=1) < _MOST)
    final = percent[max(years)][kept & full]
    holes = truth.states[truth.states["year"] == max(years)].set_index("cell")["potholes"]
    whole: list[str] = []
    for target in views.whole:
        # among cells about as cracked, potholes first; the two directions in turn
        direction = ("S", "N")[len(whole) % 2]
        near = final[(ground["direction"].reindex(final.index) == direction) & ~final.index.isin(whole)]
        off = (near - target).abs() - 3.0 * holes.reindex(near.index).clip(upper=1)
        whole.append(str(off.idxmin()))
    rest = final.drop(whole).sort_values()
    picks = np.linspace(0, len(rest) - 1, views.others).round().astype(int)
    jitter = stream_of(seed, "others").permutation(views.others)
    return whole + [str(rest.index[i]) for i in picks[jitter]]


def places(found: list[Surface], *, views: Views, year: int, seed: int) -> list[Place]:
    """Return the frames of one survey, in the order they are taken."""
    rng = stream_of(seed, "places", year)
    result = []
    for number, one in enumerate(found):
        whole = number < len(views.whole)
        count = views.whole_frames if whole else views.other_frames
        # sampled frames stand on the 2 m raster too, at the same places each year
        raster = stream_of(seed, "raster", str(one.row["cell"])).permutation(50)[:count]
        starts = np.arange(count) * LENGTH if whole else np.sort(raster) * LENGTH
        result += [Place(one, float(s), _extras(rng, whole=whole)) for s in starts]
    if len(result) > 10:
        for which, extra in zip(rng.permutation(len(result))[:3], UNUSABLE, strict=True):
            result[which] = Place(result[which].surface, result[which].start, (extra,))
    return result


def _extras(rng: np.random.Generator, *, whole: bool) -> tuple[str, ...]:
    chance = 0.04 if whole else 0.12
    return tuple(e for e in ("shadow", "oil") if rng.random() < chance)


def write_frames(
    folder: Path, found: list[Surface], *, views: Views, year: int, seed: int, lanes: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Write the package of frames of one year.

    Returns
    -------
    frames, findings
        The truth: usability and cracks of each frame; and each crack, pothole, seal and patch with its outline [px].
    """
    (folder / "frames").mkdir(parents=True, exist_ok=True)
    rng = stream_of(seed, "frames", year)
    taken = places(found, views=views, year=year, seed=seed)
    wander = 0.02 * correlated(rng, len(taken), spacing=2.0, length=20.0).clip(-2, 2)
    at = dt.datetime(year, 4, 15, 9, 30, tzinfo=TAIPEI)
    rows, truths, findings = [], [], []
    for number, (place, x0) in enumerate(zip(taken, wander, strict=True)):
        seen = list(_seen(place, year=year, x0=float(x0)))
        # the beginning of a name is the year, so that frames of two surveys never share it
        frame, file = f"{year}-{place.name}", f"frames/{place.name.lower()}.jpg"
        image = _image(place, seen, rng, x0=float(x0), seed=seed, lanes=lanes)
        (folder / file).write_bytes(jpeg(image))
        row = {k: place.surface.row[k] for k in ("route", "direction", "lane")}
        moment = (at + dt.timedelta(seconds=0.1 * number)).isoformat(timespec="milliseconds")
        rows.append(
            {"frame": frame, "file": file, **row, "measure_m": place.measure, "length_m": LENGTH, "taken_at": moment}
        )
        truths.append({"frame": frame, "file": file, "year": year, **_frame_truth(place, seen, float(x0))})
        findings += [
            {"frame": frame, **f, "points": json.dumps(np.asarray(f["points"], float).round(1).tolist())} for f in seen
        ]
    write_csv(pd.DataFrame(rows), folder / "positions.csv")
    survey = survey_of(
        f"{year}-frames", f"{year} 年鋪面影像 Pavement frames", on=dt.date(year, 4, 15), vehicle="VAN-98"
    )
    data = [{"kind": "frames", "files": "frames/*.jpg", "positions": "positions.csv"}]
    write_manifest(folder, survey=survey, data=data, camera=CAMERA)
    return pd.DataFrame(truths), pd.DataFrame(findings)


def _seen(place: Place, *, year: int, x0: float) -> Iterator[dict[str, object]]:
    """Yield what of a surface lies in a frame: kind, type, width_mm, length_m, area_m2, points [px]."""
    low, high = place.start, place.start + LENGTH
    lines = [("crack", c.kind, c.points, c.width_in(year)) for c in place.surface.near(low, high) if c.born <= year]
    lines += [("sealed_crack", "", line, 18.0) for line in place.surface.seals]
    for kind, sort, line, width in lines:
        for part in _within(line, low, high):
            length = float(np.hypot(*np.diff(part, axis=0).T).sum())
            points = pixels(part, y0=low, x0=x0)
            yield _finding(kind, sort, points, width_mm=round(width, 2), length_m=round(length, 3))
    areas = [("pothole", outline, 0.0) for outline in place.surface.potholes[year]]
    areas += [("patch", corners, tone) for corners, tone in place.surface.patches]
    for kind, outline, tone in areas:
        if outline[:, 1].max() > low and outline[:, 1].min() < high:
            points = pixels(outline, y0=low, x0=x0)
            yield _finding(kind, "", points, area_m2=round(area_of(outline), 4), tone=tone)


def _finding(kind: str, sort: str, points: object, **numbers: float) -> dict[str, object]:
    empty = dict.fromkeys(("width_mm", "length_m", "area_m2", "tone"), np.nan)
    return {"kind": kind, "type": sort, **empty, **numbers, "points": points}


def _within(line: np.ndarray, low: float, high: float) -> Iterator[np.ndarray]:
    """Yield the parts of a line between two places along the road, cut exactly there."""
    if line[:, 1].max() < low or line[:, 1].min() > high:
        return
    for border in (low, high):
        line = _with_crossings(line, border)
    inside = (line[:, 1] >= low - 1e-9) & (line[:, 1] <= high + 1e-9)
    for run in np.split(np.arange(len(line)), np.flatnonzero(np.diff(inside.astype(int))) + 1):
        if inside[run[0]] and len(run) > 1:
            yield line[run]


def _with_crossings(line: np.ndarray, border: float) -> np.ndarray:
    """Return a line with a point more wherever it crosses y = `border`."""
    away = line[:, 1] - border
    at = np.flatnonzero(away[:-1] * away[1:] < 0)
    if not len(at):
        return line
    share = (away[at] / (away[at] - away[at + 1]))[:, None]
    points = line[at] + share * (line[at + 1] - line[at])
    points[:, 1] = border
    return np.insert(line, at + 1, points, axis=0)


def _image(
    place: Place, seen: list[dict[str, object]], rng: np.random.Generator, *, x0: float, seed: int, lanes: pd.DataFrame
) -> np.ndarray:
    def of(kind: str) -> list[dict[str, object]]:
        return [f for f in seen if f["kind"] == kind]

    return picture(
        rng,
        stones=_stones(place, rng, x0=x0, seed=seed),
        cracks=[(f["points"], f["width_mm"]) for f in of("crack")],  # type: ignore[misc]
        potholes=[f["points"] for f in of("pothole")],  # type: ignore[misc]
        seals=[f["points"] for f in of("sealed_crack")],  # type: ignore[misc]
        patches=[(f["points"], f["tone"]) for f in of("patch")],  # type: ignore[misc]
        paint=_paint(place, x0=x0, lanes=lanes),
        extras=place.extras,
    )


def _stones(place: Place, rng: np.random.Generator, *, x0: float, seed: int) -> np.ndarray:
    """Return the stones of a place, a little worn, in a frame whose middle lies `x0` [m] right of the lane's."""
    lasting = texture(stream_of(seed, "stones", place.name), seed=seed, size=(WIDTH + 2 * _ROOM, HEIGHT))
    left = _ROOM + round(float(np.clip(x0 * 1000 / MM_PER_PIXEL, -_ROOM, _ROOM)))
    fresh = texture(rng, seed=seed)
    return np.asarray(_LASTING * lasting[:, left : left + WIDTH] + np.sqrt(1 - _LASTING**2) * fresh, np.float32)


def _paint(place: Place, *, x0: float, lanes: pd.DataFrame) -> list[tuple[float, float | None, bool]]:
    """Return the lane's lines: yellow and solid on the median side, solid on the outer edge, dashed between lanes."""
    row = place.surface.row
    same = lanes[(lanes["route"] == row["route"]) & (lanes["direction"] == row["direction"])]
    beside = same[(same["from_m"] <= place.measure) & (same["to_m"] > place.measure) & (same["lane"] != "aux")]
    left, right = edges(x0)
    phase = (place.entry if row["sense"] == 1 else -place.entry) % 10.0
    first, last = row["lane"] == "1", row["lane"] == beside["lane"].max()
    return [(left, None if first else phase, bool(first)), (right, None if last else phase, False)]


def _frame_truth(place: Place, seen: list[dict[str, object]], x0: float) -> dict[str, object]:
    """Return usability, crack length [m] and area cracked [%] of the lane within a frame."""
    cracks = [f for f in seen if f["kind"] == "crack"]
    lines = [road(f["points"], x0=x0) for f in cracks]  # type: ignore[arg-type]
    reason = next((e for e in place.extras if e in UNUSABLE), "")
    shares = {f"crack_percent_{int(g * 100):02d}": share_cracked(lines, length=LENGTH, grid=g) for g in (0.1, 0.3)}
    length = float(sum(f["length_m"] for f in cracks))  # type: ignore[misc]
    cell = {"cell": place.surface.row["cell"], "usable": not reason, "reason": reason}
    return {**cell, "extras": ",".join(place.extras), "crack_length_m": length, "area_m2": SPAN * LENGTH, **shares}
