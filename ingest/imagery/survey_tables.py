"""The tables of a survey's frames, made a few frames at a time from what is written down of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ingest.imagery.frame_coverage import frame_coverage
from ingest.imagery.journal import Journal
from ingest.imagery.lane_records import Lanes, lane_of
from ingest.imagery.lane_shapes import MEASURED
from ingest.imagery.line_events import LINE_COLUMNS, line_events, line_ruts
from ingest.imagery.placing import LaneMeasures, lane_measures, windows
from ingest.imagery.quantify import FINDING_COLUMNS
from ingest.imagery.stream import named
from pavement.errors import Fault, fault_frame
from pavement.schema import schema
from pavement.store.batches import Batches

_PLACE = ["route", "direction", "lane", "measure_m"]
# what depth and volume of a pothole rest on
_HOLES = {"pothole_depth", "pothole_volume"}
_HOLE_METHOD = "below the road around it"
# frames whose findings are in memory at a time, and in one object of the store
_BATCH = 1000


@dataclass(frozen=True)
class FramesResult:
    """
    A survey's frames, quantified.

    Attributes
    ----------
    frames, coverage, events, crack_zones, ruts
        Tables of these names, of ruts ``wheel_path_ruts``, of coverage ``frame_coverage``; `image` and `overlay` of
        frames are the sha256 of the views.
    batches
        Table `findings`, read batch by batch from the folder of the work.
    faults
        Frames that were rejected, columns as :data:`pavement.errors.FAULT_COLUMNS`.
    views
        sha256 → JPEG of the road from above, without or with findings: its bytes, or the file it lies in.
    lane_width_m
        Distance between the markings [m] of each frame in which both are seen.
    markings
        How the markings of each usable frame lie: "along", "across", or "" where none are seen.
    """

    frames: pd.DataFrame
    coverage: pd.DataFrame
    batches: Batches
    events: pd.DataFrame
    crack_zones: pd.DataFrame
    ruts: pd.DataFrame
    faults: pd.DataFrame
    views: dict[str, bytes | Path]
    lane_width_m: np.ndarray
    markings: np.ndarray

    @property
    def findings(self) -> pd.DataFrame:
        """Table `findings`, all of it in memory."""
        return self.batches.frame()


def survey_tables(
    listed: pd.DataFrame,
    journal: Journal,
    *,
    engine: str,
    method: str,
    zone: str,
    cells: pd.DataFrame | None = None,
    values: Mapping[str, float],
    doubled: pd.DataFrame,
) -> FramesResult:
    """
    Return the tables of frames that stand in the journal.

    Parameters
    ----------
    listed
        Rows of the `frames` table as they were given, with the `key` of each frame and the `name` for messages.
    journal
        What became of each; findings are read from it whenever the batches are.
    engine
        Name of the engine with its version.
    method
        Method of the measures.
    zone
        Time zone that decides the day of a survey.
    cells
        Table ``cells``, at whose borders measured stretches are cut; not cut when it is not given.
    values
        Image parameters.
    doubled
        Frames left out since they were given before, as :func:`ingest.imagery.frame_coverage.frame_coverage` takes.
    """
    seen = [_seen(part, journal) for part in _parts(listed)]
    rows = pd.concat(seen, ignore_index=True)
    good = rows[rows["message"].isna()]
    views = [digest for kind in ("image", "overlay") for digest in good[kind] if digest]
    widths = good["between_lines_m"].to_numpy(float)
    usable = good[good["usable"]]
    together = _together(usable, journal, cells)
    lines, own = _lines(usable, journal), _own(usable, cells)
    measured = _events(together.measures, line_events(lines).merge(own, on="frame"), method=method)
    ruts = line_ruts(lines).merge(own, on="frame")
    return FramesResult(
        _frames(good),
        frame_coverage(good, doubled, values=values),
        Batches(
            lambda: (_findings(p, journal, together.same_as, engine=engine) for p in _parts(good)),
            int(good["findings"].sum()),
        ),
        _dated(measured, "events", good, zone=zone),
        _dated(together.zones.assign(method=method), "crack_zones", good, zone=zone),
        _dated(ruts, "wheel_path_ruts", good, zone=zone),
        _faults(rows[rows["message"].notna()]),
        {digest: journal.view(digest) for digest in views},
        widths[np.isfinite(widths)],
        usable["markings"].to_numpy(str),
    )


def _parts(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, max(len(rows), 1), _BATCH):
        yield rows.iloc[start : start + _BATCH]


def _seen(part: pd.DataFrame, journal: Journal) -> pd.DataFrame:
    """Return frames with what was seen of each, but for its findings and measures."""
    told = [_told(key, name, journal) for key, name in zip(part["key"], part["name"], strict=True)]
    kinds = {
        "area_m2": float,
        "usable": bool,
        "lane_width_m": float,
        "between_lines_m": float,
        "view_mm": float,
        "findings": int,
    }
    texts = dict.fromkeys(("sha256", "reason", "image", "overlay", "markings"), str)
    columns = [*texts, *kinds, "message", "cure"]
    seen = pd.DataFrame(told, columns=columns, index=part.index).astype(kinds | texts)
    return part.drop(columns=[c for c in columns if c in part]).join(seen)


def _told(key: str, name: str, journal: Journal) -> tuple[Any, ...]:
    record, views = journal.record(key), journal.views(key)
    if record["error"] is not None:
        return ("", "", "", "", "", 0.0, False, np.nan, np.nan, np.nan, 0, *named(record["error"], name))
    lane = lane_of(record["lane"])
    return (
        record["sha256"],
        record["reason"],
        views.get("image", ""),
        views.get("overlay", ""),
        record["markings"],
        lane.area_m2,
        record["usable"],
        lane.lane_width_m,
        record["lane_width_m"],
        record["view_mm"],
        len(record["findings"]),
        None,
        None,
    )


def _faults(rejected: pd.DataFrame) -> pd.DataFrame:
    return fault_frame(
        [
            Fault(row.file, None, "frame", row.frame, "image", row.message, row.cure)
            for row in rejected.itertuples(index=False)
        ]
    )


def _frames(good: pd.DataFrame) -> pd.DataFrame:
    return good.reset_index(drop=True).reindex(columns=list(schema("frames").index))


def _findings(
    part: pd.DataFrame, journal: Journal, same_as: Mapping[tuple[str, int], tuple[str, int]], *, engine: str
) -> pd.DataFrame:
    """Return the findings of some frames; those that show one thing have the name of the first of them as `thing`."""
    columns = list(schema("findings").index)
    rows = [
        (frame, _named(frame, number), _named(*same_as.get((frame, number), (frame, number))), *finding)
        for frame, key in zip(part["frame"], part["key"], strict=True)
        for number, finding in enumerate(journal.record(key)["findings"])
    ]
    found = pd.DataFrame(rows, columns=["frame", "finding", "thing", *FINDING_COLUMNS])
    named = {
        "engine": found["engine"].replace("", engine),
        "thing": found["thing"].where(found["kind"].isin(MEASURED), ""),
    }
    placed = found.assign(**named).merge(part[["frame", "sha256", *_PLACE]], on="frame")
    return placed[columns] if len(placed) else pd.DataFrame(columns=columns)


def _named(frame: str, number: int) -> str:
    return f"{frame}-{number:03d}"


def _together(usable: pd.DataFrame, journal: Journal, cells: pd.DataFrame | None) -> LaneMeasures:
    """Return what the usable frames measure; what is not usable measures nothing, so coverage falls."""
    keys = usable.set_index("frame")["key"]
    seen = Lanes(lambda frame: journal.record(keys[frame])["lane"], list(keys.index))
    sense = usable["sense"].astype(float) if "sense" in usable else 1.0
    return lane_measures(usable[["frame", *_PLACE, "length_m"]].assign(sense=sense), seen, cells=cells)


def _own(usable: pd.DataFrame, cells: pd.DataFrame | None) -> pd.DataFrame:
    """Return the stretches that each frame answers for."""
    return windows(usable[["frame", *_PLACE, "length_m"]], cells=cells)[["frame", *_PLACE[:3], "from_m", "to_m"]]


def _lines(usable: pd.DataFrame, journal: Journal) -> pd.DataFrame:
    """Return what range images measure line by line, by frame, kind, side and method."""
    rows = [
        (frame, *line)
        for frame, key in zip(usable["frame"], usable["key"], strict=True)
        for line in journal.record(key)["lines"]
    ]
    return pd.DataFrame(rows, columns=["frame", *LINE_COLUMNS]).astype({"value": float})


def _events(measured: pd.DataFrame, of_lines: pd.DataFrame, *, method: str) -> pd.DataFrame:
    """Return one row a stretch and kind that is known, with its method."""
    place = ["frame", *_PLACE[:3], "from_m", "to_m"]
    told = measured.melt(id_vars=place, var_name="kind", value_name="value").dropna(subset=["value"])
    told = told.assign(method=np.where(told["kind"].isin(_HOLES), _HOLE_METHOD, method))
    return pd.concat([told, of_lines], ignore_index=True) if len(of_lines) else told


def _dated(rows: pd.DataFrame, table: str, listed: pd.DataFrame, *, zone: str) -> pd.DataFrame:
    """Return rows of a table in the order of the frames, with the day in a time zone and quality."""
    day = pd.to_datetime(listed["taken_at"], utc=True).dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    days = pd.DataFrame({"frame": listed["frame"], "surveyed_on": day, "_order": np.arange(len(listed))})
    dated = rows.merge(days, on="frame").sort_values(["_order", "from_m"], kind="stable", ignore_index=True)
    return dated.assign(quality="measured")[list(schema(table).index)]
