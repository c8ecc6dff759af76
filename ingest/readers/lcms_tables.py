"""Tables that LCMS sections become: frames, measures of the lane, zones, findings, ruts, roughness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from ingest.columns import refuse_other_unit
from ingest.package import PackageFile, shown
from ingest.readers.drive_place import DrivePlace
from ingest.readers.lcms_events import position_way, rut_rows, rut_values, section_values, told_method
from ingest.readers.lcms_images import SectionImage, drawn, view_mm
from ingest.readers.lcms_sections import Section
from ingest.readers.reading import Context
from pavement.errors import Fault, SurveyError, UnitError
from pavement.schema import schema
from pavement.units import convert

_LANE = ["route", "direction", "lane"]
_STRETCH = [*_LANE, "from_m", "to_m"]
# kinds that are only known where the system has looked for what they tell of
_OF_PART = {
    "cracks": ("crack_", "hpms_", "transverse_"),
    "potholes": ("pothole_",),
    "patches": ("patch_",),
}
# never told by this system, or told by itself as a share
_NOT_TOLD = ("sealed_crack_length", "ravelling_percent", "bleeding_percent")
_METHODS = {
    "iri": "LCMS roughness of the vendor, mean of two wheel paths",
    "iri_left": "LCMS roughness of the vendor",
    "iri_right": "LCMS roughness of the vendor",
    "faulting": "LCMS, mean size along joints",
    "ravelling_percent": "LCMS, share of the section that the vendor calls affected",
    "mpd": "LCMS macrotexture of the vendor",
}
_LINES = "LCMS cracks and areas of the vendor, measured by our own rules"


# widths between lane markings that are believed, and how far the lane may begin from the edge of the image
_NARROW_MM, _WIDE_MM, _FAR_MM = 2000.0, 6000.0, 10_000.0


@dataclass(frozen=True)
class OnRoad:
    """Events, rows of ``crack_zones`` and of ``findings``; of frames with an image, sha256 and file of the overlay."""

    events: pd.DataFrame
    zones: pd.DataFrame
    findings: pd.DataFrame
    overlays: dict[str, tuple[str, Path]]


@dataclass(frozen=True)
class LaneSections:
    """
    Sections of one lane in the order of travel and where they lie; a class because every table needs all of it.

    Attributes
    ----------
    sections, files
        Each section and the file that it came in.
    place
        Where the drive lies.
    context
        The entry that is read.
    """

    sections: list[Section]
    files: list[PackageFile]
    place: DrivePlace
    context: Context

    @cached_property
    def told(self) -> dict[str, object]:
        """Quality and day of all values."""
        return {"quality": self.context.quality("measured"), "surveyed_on": self.context.survey_date}

    @cached_property
    def left_m(self) -> float:
        """Left edge of the lane in the images. [m]"""
        value = self.context.data.options.get("lane_left_mm", 0.0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _FAR_MM:
            raise SurveyError(f"lane_left_mm = {value!r} is no length.", cure="Write millimetres, such as 250.")
        return float(value) / 1000.0

    @cached_property
    def widths(self) -> list[float]:
        """Width of the lane in each section. [m]"""
        return [self._width(section) for section in self.sections]

    def _width(self, section: Section) -> float:
        """Return the width of the lane: between its markings as the system saw them, else as the network has it. [m]"""
        if _NARROW_MM <= section.road_width_mm <= _WIDE_MM:
            return section.road_width_mm / 1000.0
        lanes = self.context.located_network().lanes
        middle = float(self.place.measure(np.array([(section.begin_m + section.end_m) / 2]))[0])
        own = lanes[(lanes[_LANE].astype(str) == [self.place.route, self.place.direction, self.place.lane]).all(axis=1)]
        own = own[(own["from_m"].astype(float) <= middle) & (own["to_m"].astype(float) >= middle)]
        return float(own["width_m"].iloc[0])

    def stretches(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows with begin and end (distance driven) as stretches of the lane."""
        measure = np.sort(self.place.measure(rows[["begin", "end"]].to_numpy(float)), axis=1).round(6)
        lane = {"route": self.place.route, "direction": self.place.direction, "lane": self.place.lane}
        return rows.drop(columns=["section", "begin", "end"]).assign(**lane, from_m=measure[:, 0], to_m=measure[:, 1])

    def frames(self, images: dict[int, SectionImage]) -> pd.DataFrame:
        """Return a row of table ``frames`` for each section."""
        spans = pd.DataFrame({"begin": [s.begin_m for s in self.sections], "end": [s.end_m for s in self.sections]})
        rows = self.stretches(spans.assign(section=range(len(spans))))
        length = rows["to_m"] - rows["from_m"]
        drive = f"{self.context.manifest.survey}-{self.place.route}-{self.place.direction}-{self.place.lane}"
        frame = rows.assign(
            frame=[f"{drive}-{s.survey}-{s.section}-{s.begin_m:.3f}" for s in self.sections],
            measure_m=rows["from_m"],
            length_m=length,
            taken_at=pd.Timestamp(self.context.manifest.started).tz_convert("UTC"),
            file=[PurePosixPath(f.name).name for f in self.files],
            sha256=[f.sha256 for f in self.files],
            image=[images[at].digest if at in images else "" for at in range(len(rows))],
            overlay="",
            area_m2=length * self.widths,
            lane_width_m=self.widths,
            view_mm=[view_mm(images.get(at)) for at in range(len(rows))],
            usable=True,
            reason="",
        )
        return frame.reindex(columns=list(schema("frames").index))

    def on_lane(self, frames: pd.DataFrame, images: dict[int, SectionImage]) -> OnRoad:
        """Return what the sections show of their lane, measured together."""
        # the image room measures vendors' lines by the rules of frames; slow to import and needed here only
        from ingest.imagery.placing import lane_measures
        from ingest.readers.lcms_lane import on_lane, section_findings

        left = self.left_m
        seen = [
            on_lane(s, lane_left_m=left, lane_width_m=width)
            for s, width in zip(self.sections, self.widths, strict=True)
        ]
        names = frames["frame"].tolist()
        placed = frames[["frame", *_LANE, "measure_m", "length_m"]].assign(sense=self.place.sense)
        together = lane_measures(
            placed, dict(zip(names, seen, strict=True)), cells=self.context.located_network().measured_cells
        )
        looked = dict(zip(names, (s.has for s in self.sections), strict=True))
        events = self._events_of(together.measures, looked)
        zones = together.zones[together.zones["frame"].map(lambda name: "cracks" in looked[name]).astype(bool)]
        zones = zones.assign(method=_LINES, **self.told)[list(schema("crack_zones").index)].reset_index(drop=True)
        parts: list[pd.DataFrame] = []
        overlays: dict[str, tuple[str, Path]] = {}
        for at, (name, section, lane) in enumerate(zip(names, self.sections, seen, strict=True)):
            scale = images[at].scale if at in images else None
            found = section_findings(section, lane, lane_left_m=left, scale=scale)
            if scale is not None and len(found):
                overlays[name] = drawn(images[at], found)
            parts.append(_as_findings(found, frames.iloc[at], name, together.same_as))
        filled = [part for part in parts if len(part)]
        columns = list(schema("findings").index)
        findings = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
        return OnRoad(events, zones, findings[columns], overlays)

    def _events_of(self, measures: pd.DataFrame, looked: dict[str, frozenset[str]]) -> pd.DataFrame:
        """Return what the lines tell, but of what the system has not looked for nothing."""
        rows = measures.drop(columns=list(_NOT_TOLD), errors="ignore").melt(
            id_vars=["frame", *_STRETCH], var_name="kind", value_name="value"
        )
        has = [
            any(part in looked[frame] and kind.startswith(starts) for part, starts in _OF_PART.items())
            for frame, kind in zip(rows["frame"], rows["kind"].astype(str), strict=True)
        ]
        rows = rows[has].dropna(subset=["value"]).drop(columns="frame")
        return rows.assign(method=_LINES, **self.told).reset_index(drop=True)

    def ruts(self) -> tuple[pd.DataFrame, pd.DataFrame, list[Fault]]:
        """Return rows of table ``wheel_path_ruts``, events, and why there are none or what is not known of them."""
        name = shown(self.context.data.main)
        options = self.context.data.options
        said = options.get("position_unit")
        try:
            method = told_method(options)
            way = position_way(self.sections, said=None if said is None else str(said))
        except SurveyError as error:
            fault = Fault(name, None, "RutMeasurement", "", "no rut", f"{name}: {error.message}", error.cure)
            return pd.DataFrame(), pd.DataFrame(), [fault]
        ruts = rut_rows(self.sections, way=way)
        if ruts.empty:
            return pd.DataFrame(), pd.DataFrame(), []
        told = self.told | {"method": method}
        rows = self.stretches(ruts).assign(**told)[list(schema("wheel_path_ruts").index)]
        events = self.stretches(rut_values(ruts)).assign(**told)
        if "rut_method" in options:
            return rows, events, []
        message = f"{name}: the files do not say by which method ruts were measured."
        cure = 'Say options = { rut_method = "straightedge", rut_length = 2.0 }; depths by different methods never mix.'
        return rows, events, [Fault(name, None, "RutMeasurement", "", "doubtful", message, cure)]

    def values(self) -> pd.DataFrame:
        """Return events of roughness, faults, ravelling and texture."""
        found = section_values(self.sections, [self.left_m + width / 2 for width in self.widths])
        if found.empty:
            return pd.DataFrame()
        rows = self.stretches(found)
        rough = rows["kind"].isin(["iri", "iri_left", "iri_right"])
        rows["value"] = rows["value"].where(~rough, self._in_metres(rows["value"], rough))
        return rows.assign(method=rows["kind"].map(_METHODS), **self.told)

    def _in_metres(self, values: pd.Series, rough: pd.Series) -> pd.Series:
        """Return roughness in m/km from the unit that the manifest gives."""
        source, name = self.context.data.units.get("iri", ""), shown(self.context.data.main)
        if not source:
            refuse_other_unit(values[rough], "iri", "m/km", file=name)
            return values
        try:
            return convert(values, source=source, target="m/km")
        except UnitError as error:
            raise UnitError(f"{name}: iri in {source}: {error.message}", cure=error.cure) from error


def _as_findings(
    found: pd.DataFrame, frame: pd.Series, name: str, same_as: Mapping[tuple[str, int], tuple[str, int]]
) -> pd.DataFrame:
    """Return findings of a section as rows of the table, named by frame and number."""
    if found.empty:
        return found
    numbers = found["number"].astype(int)
    things = [same_as.get((name, n), (name, n)) for n in numbers]
    area = found["kind"].isin(["pothole", "patch"])
    return found.assign(
        finding=[f"{name}-{n:03d}" for n in numbers],
        thing=pd.Series([f"{f}-{n:03d}" for f, n in things], index=found.index).where(area, ""),
        frame=name,
        sha256=frame["sha256"],
        route=frame["route"],
        direction=frame["direction"],
        lane=frame["lane"],
        measure_m=frame["measure_m"],
    )
