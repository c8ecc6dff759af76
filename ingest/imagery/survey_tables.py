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
from ingest.imagery.placing import lane_measures, windows
from ingest.imagery.quantify import FINDING_COLUMNS
from ingest.imagery.stream import named
from pavement.errors import Fault, fault_frame
from pavement.schema import measures, schema
from pavement.store.batches import Batches

_PLACE = ["route", "direction", "lane", "measure_m"]
# frames whose findings are in memory at a time, and in one object of the store
_BATCH = 1000


@dataclass(frozen=True)
class FramesResult:
    """
    A survey's frames, quantified.

    Attributes
    ----------
    frames, coverage, events, crack_zones
        Tables of these names, of coverage ``frame_coverage``; `image` and `overlay` of frames are the sha256 of the
        views.
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
    measured, zones = _together(good[good["usable"]], journal, cells)
    return FramesResult(
        _frames(good),
        frame_coverage(good, doubled, values=values),
        Batches(lambda: (_findings(p, journal, engine=engine) for p in _parts(good)), int(good["findings"].sum())),
        _dated(
            _events(measured, _of_lines(good[good["usable"]], journal, cells)), "events", good, zone=zone, method=method
        ),
        _dated(zones, "crack_zones", good, zone=zone, method=method),
        _faults(rows[rows["message"].notna()]),
        {digest: journal.view(digest) for digest in views},
        widths[np.isfinite(widths)],
        good.loc[good["usable"], "markings"].to_numpy(str),
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
    texts = dict.fromkeys(("reason", "image", "overlay", "markings"), str)
    columns = [*texts, *kinds, "message", "cure"]
    seen = pd.DataFrame(told, columns=columns, index=part.index).astype(kinds | texts)
    return part.drop(columns=[c for c in columns if c in part]).join(seen)


def _told(key: str, name: str, journal: Journal) -> tuple[Any, ...]:
    record, views = journal.record(key), journal.views(key)
    if record["error"] is not None:
        return ("", "", "", "", 0.0, False, np.nan, np.nan, np.nan, 0, *named(record["error"], name))
    lane = lane_of(record["lane"])
    return (
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


def _findings(part: pd.DataFrame, journal: Journal, *, engine: str) -> pd.DataFrame:
    columns = list(schema("findings").index)
    rows = [
        (frame, f"{frame}-{number:03d}", *finding)
        for frame, key in zip(part["frame"], part["key"], strict=True)
        for number, finding in enumerate(journal.record(key)["findings"])
    ]
    found = pd.DataFrame(rows, columns=["frame", "finding", *FINDING_COLUMNS])
    placed = found.assign(engine=found["engine"].replace("", engine)).merge(part[["frame", *_PLACE]], on="frame")
    return placed[columns] if len(placed) else pd.DataFrame(columns=columns)


def _together(usable: pd.DataFrame, journal: Journal, cells: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return measures and zones of the usable frames; what is not usable measures nothing, so coverage falls."""
    keys = usable.set_index("frame")["key"]
    seen = Lanes(lambda frame: journal.record(keys[frame])["lane"], list(keys.index))
    sense = usable["sense"].astype(float) if "sense" in usable else 1.0
    return lane_measures(usable[["frame", *_PLACE, "length_m"]].assign(sense=sense), seen, cells=cells)


def _of_lines(usable: pd.DataFrame, journal: Journal, cells: pd.DataFrame | None) -> pd.DataFrame:
    """Return what range images measure line by line, one row a stretch of a frame's own and kind."""
    rows = [
        (frame, kind, value)
        for frame, key in zip(usable["frame"], usable["key"], strict=True)
        for kind, value in journal.record(key)["more"].items()
    ]
    found = pd.DataFrame(rows, columns=["frame", "kind", "value"]).astype({"value": float})
    own = (
        windows(usable[["frame", *_PLACE, "length_m"]], cells=cells) if len(found) else usable.assign(from_m=0, to_m=0)
    )
    placed = found.merge(own[["frame", *_PLACE[:3], "from_m", "to_m", "length_m"]], on="frame")
    # what is added up over a cell belongs to a stretch by its share of the frame
    summed = placed["kind"].map(measures()["gather"]) == "sum"
    share = (placed["to_m"] - placed["from_m"]) / placed["length_m"]
    return placed.assign(value=placed["value"] * share.where(summed, 1.0)).drop(columns="length_m")


def _events(measured: pd.DataFrame, of_lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row a stretch and kind that is known."""
    place = ["frame", *_PLACE[:3], "from_m", "to_m"]
    told = measured.melt(id_vars=place, var_name="kind", value_name="value").dropna(subset=["value"])
    return pd.concat([told, of_lines], ignore_index=True) if len(of_lines) else told


def _dated(rows: pd.DataFrame, table: str, listed: pd.DataFrame, *, zone: str, method: str) -> pd.DataFrame:
    """Return rows of a table in the order of the frames, with the day in a time zone, method and quality."""
    day = pd.to_datetime(listed["taken_at"], utc=True).dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    days = pd.DataFrame({"frame": listed["frame"], "surveyed_on": day, "_order": np.arange(len(listed))})
    dated = rows.merge(days, on="frame").sort_values(["_order", "from_m"], kind="stable", ignore_index=True)
    return dated.assign(method=method, quality="measured")[list(schema(table).index)]
