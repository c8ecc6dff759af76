"""Sections of a laser crack measurement system (LCMS) as its XML tells them, in metres and millimetres."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from xml.etree.ElementTree import Element

import numpy as np
import pandas as pd

from ingest.columns import unit_of
from ingest.formats import limit
from ingest.package import shown
from pavement.errors import SurveyError, UnitError
from pavement.units import convert

# of each part of the file: columns → element, quantity's own unit, unit where the file says none
_CRACKS = {"x": ("X", "m", "mm"), "y": ("Y", "m", "mm"), "width": ("Width", "mm", "mm"), "depth": ("Depth", "mm", "mm")}
_RUTS = {"position": ("Position", "", ""), "width": ("Width", "mm", "mm"), "depth": ("Depth", "mm", "mm")}
_ROUGH = {"x": ("PositionX", "m", "mm"), "iri": ("IRI", "", "")}
_HOLES = {
    "area": ("Area", "m2", "m2"),
    "depth_max": ("MaximumDepth", "mm", "mm"),
    "depth_mean": ("AverageDepth", "mm", "mm"),
}
_PATCHES = {"area": ("Area", "m2", "m2")}
_JOINTS = {name.lower(): (name, "m", "mm") for name in ("X1", "Y1", "X2", "Y2")}
_BOX = {f"{end.lower()}_{axis.lower()}": (f"{end}{axis}", "m", "mm") for end in ("Min", "Max") for axis in "XY"}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?")
_PARTS = {
    "cracks": "CrackInformation",
    "potholes": "PotholesInformation",
    "patches": "PatchDetectionInformation",
}
_TEXTURE = re.compile(r"texture", re.I)
# no number of a section is larger
_FAR = 1e9
# as long as a frame may be, as wide as no road is, and what may stand over its ends [m]
_LONG, _WIDE, _OVER = 100.0, 30.0, 1.0


@dataclass(frozen=True)
class Section:
    """
    One section of road as the system measured it.

    Attributes
    ----------
    survey, section
        Its numbers as written.
    begin_m, end_m
        Distance driven. [m]
    resolution_mm
        Pixel of its images; NaN where not said.
    road_width_mm
        Between the lane markings; NaN where not said.
    has
        Which of cracks, potholes, patches were looked for: of the others nothing is known.
    cracks
        crack (its number), x, y of each node from the lower left corner of the image [m], width and depth [mm] of the
        piece up to the next node.
    ruts
        side (left, right), position as written, width, depth [mm]; a width of 0 or less marks an invalid one.
    rough
        x from the left edge of the image [m], iri as written.
    potholes, patches
        Boxes min_x … max_y from the lower left corner [m], area [m2]; of potholes depth_max, depth_mean [mm].
    joints
        x1 … y2 from the lower left corner [m], fault (mean size) and width [mm].
    ravelling_percent, mpd
        Share of the section that is ravelled [%], mean profile depth [mm]; NaN where not said.
    unread
        Numbers that could not be read.
    """

    survey: str
    section: str
    begin_m: float
    end_m: float
    resolution_mm: float
    road_width_mm: float
    has: frozenset[str]
    cracks: pd.DataFrame
    ruts: pd.DataFrame
    rough: pd.DataFrame
    potholes: pd.DataFrame
    patches: pd.DataFrame
    joints: pd.DataFrame
    ravelling_percent: float
    mpd: float
    unread: list[str] = field(default_factory=list)


def sections(root: Element, *, name: str) -> list[Section]:
    """
    Return the sections of an XML file: one, or several where a vendor has put them together.

    Raises
    ------
    SurveyError
        It holds no section, or one without its place.
    """
    found = [element for element in root.iter() if element.find("RoadSectionInfo") is not None]
    if not found:
        raise SurveyError(
            f"{name} holds no RoadSectionInfo: it is no result of a laser crack measurement system.",
            cure="Give the LcmsResult files of the processing.",
        )
    return [_section(element, name=name) for element in found]


def number(text: str | None, unread: list[str]) -> float:
    """Return a number with decimal point or comma; NaN where there is none, and a text that is none is listed."""
    plain = (text or "").strip()
    if not plain:
        return np.nan
    if _NUMBER.fullmatch(plain) and abs(float(plain.replace(",", "."))) <= _FAR:
        return float(plain.replace(",", "."))
    unread.append(shown(plain))
    return np.nan


def _section(element: Element, *, name: str) -> Section:
    unread: list[str] = []
    info = element.find("RoadSectionInfo")
    place = {tag: number(_text(info, tag), unread) for tag in ("DistanceBegin_m", "DistanceEnd_m")}
    begin, end = place.values()
    if not (np.isfinite(begin) and np.isfinite(end) and end > begin):
        raise SurveyError(
            f"{name}: a section from {begin:g} to {end:g} m has no place.",
            cure="It needs DistanceBegin_m and DistanceEnd_m, the second larger.",
        )
    if end - begin > _LONG:
        raise SurveyError(
            f"{name}: a section is {end - begin:g} m long.", cure=f"Process it in sections of at most {_LONG:g} m."
        )
    length = end - begin
    rough = _table(element.iter("Roughness"), _ROUGH, _units(element.find("RoughnessInformation")), unread)
    return Section(
        survey=shown(_text(info, "SurveyID").strip()),
        section=shown(_text(info, "SectionID").strip()),
        begin_m=begin,
        end_m=end,
        resolution_mm=_first(element, ("GeneralParam_ResultImageResolution_mm", "ResolutionX"), unread),
        road_width_mm=_first(element, ("LaneMarkingModule_RoadWidth_mm",), unread),
        has=frozenset(part for part, tag in _PARTS.items() if element.find(tag) is not None),
        cracks=_cracks(element, length, unread),
        ruts=_ruts(element, unread),
        rough=rough,
        potholes=_boxed(element.find("PotholesInformation"), ("Pothole",), _HOLES, length, unread),
        patches=_boxed(element.find("PatchDetectionInformation"), ("PatchData", "Patch"), _PATCHES, length, unread),
        joints=_joints(element, length, unread),
        ravelling_percent=_first(element, ("AffectedPercentage",), unread),
        mpd=_texture(element, unread),
        unread=unread,
    )


def _text(element: Element | None, tag: str) -> str:
    return "" if element is None else element.findtext(tag) or ""


def _first(element: Element, tags: tuple[str, ...], unread: list[str]) -> float:
    for tag in tags:
        found = next(element.iter(tag), None)
        if found is not None:
            return number(found.text, unread)
    return np.nan


def _units(information: Element | None) -> dict[str, str]:
    """Return element → unit as the part of the file says."""
    said = None if information is None else information.find("Unit")
    return {} if said is None else {unit.tag: (unit.text or "").strip() for unit in said}


def _table(
    elements: Iterable[Element], columns: dict[str, tuple[str, str, str]], units: dict[str, str], unread: list[str]
) -> pd.DataFrame:
    """Return one row an element: numbers of its children in our units."""
    listed = list(elements)
    found = {}
    for column, (tag, target, usual) in columns.items():
        values = np.array([number(e.findtext(tag), unread) for e in listed], dtype=float)
        found[column] = values * _factor(units.get(tag, "") or usual, target) if target else values
    return pd.DataFrame(found, columns=list(columns), dtype=float)


@cache
def _factor(source: str, target: str) -> float:
    unit = unit_of(source.replace("^", ""))
    if unit is None:
        raise UnitError(f"{shown(source)!r} is not a known unit.", cure="See pavement/tables/units.csv.")
    return float(convert(1.0, source=unit, target=target))


def _on_section(
    table: pd.DataFrame, across: tuple[str, ...], along: tuple[str, ...], length: float, unread: list[str]
) -> pd.DataFrame:
    """Return a table with places far off the section missing; each is listed."""
    kept = table.copy()
    for columns, end in ((across, _WIDE), (along, length)):
        for column in columns:
            far = (kept[column] < -_OVER) | (kept[column] > end + _OVER)
            unread += [f"{value:g} m off the section" for value in kept.loc[far, column]]
            kept[column] = kept[column].where(~far)
    return kept


def _joints(element: Element, length: float, unread: list[str]) -> pd.DataFrame:
    joints = list(element.iter("Joint"))
    table = _table(joints, _JOINTS, _units(element.find("ConcreteJointInformation")), unread)
    return _on_section(table, ("x1", "x2"), ("y1", "y2"), length, unread).assign(
        fault=[_mean_size(joint, ("FaultMeasurements", "FaultMeasurement"), unread) for joint in joints],
        width=[_mean_size(joint, ("WidthMeasurements", "WidthMeasurement"), unread) for joint in joints],
    )


def _cracks(element: Element, length: float, unread: list[str]) -> pd.DataFrame:
    cracks = list(element.iterfind("CrackInformation/CrackList/Crack"))
    nodes = [list(crack.iterfind("Node")) for crack in cracks]
    units = _units(element.find("CrackInformation"))
    table = _table([node for of in nodes for node in of], _CRACKS, units, unread)
    table = _on_section(table, ("x",), ("y",), length, unread)
    return table.assign(crack=np.repeat(np.arange(len(nodes)), [len(of) for of in nodes]))


def _ruts(element: Element, unread: list[str]) -> pd.DataFrame:
    measured = list(element.iterfind("RutInformation/RutMeasurement"))
    table = _table(measured, _RUTS, _units(element.find("RutInformation")), unread)
    sides = [(_text(rut, "LaneSide")).strip().lower() for rut in measured]
    return table.assign(side=np.array(sides, dtype=object))


def _boxed(
    information: Element | None,
    tags: tuple[str, ...],
    columns: dict[str, tuple[str, str, str]],
    length: float,
    unread: list[str],
) -> pd.DataFrame:
    """Return what has a box about it: its columns and the box; an area larger than the section is missing."""
    units = _units(information)
    listed = [] if information is None else [e for e in information.iter() if e.tag in tags]
    boxes = [e.find("BoundingBox") for e in listed]
    kept = [(e, box) for e, box in zip(listed, boxes, strict=True) if box is not None]
    about = _table([e for e, _ in kept], columns, units, unread)
    box = _on_section(
        _table([box for _, box in kept], _BOX, units, unread), ("min_x", "max_x"), ("min_y", "max_y"), length, unread
    )
    about["area"] = about["area"].where(about["area"] <= length * _WIDE)
    return pd.concat([about, box], axis=1)


def _mean_size(joint: Element, tags: tuple[str, ...], unread: list[str]) -> float:
    """Return the mean size of the numbers that stand side by side in an element; those not measured left out. [mm]"""
    text = next((t for t in (joint.findtext(tag) for tag in tags) if t), "")
    values = np.abs([number(part, unread) for part in text.split()] or [np.nan])
    known = values[values < limit("lcms_fault_far")]
    return float(known.mean()) if len(known) else np.nan


def _texture(element: Element, unread: list[str]) -> float:
    """Return the mean of the profile depths (MPD) in any part of the file about texture. [mm]"""
    parts = [part for part in element if _TEXTURE.search(part.tag)]
    depths = np.array([number(mpd.text, unread) for part in parts for mpd in part.iter("MPD")], dtype=float)
    known = depths[depths > 0]
    return float(known.mean()) if len(known) else np.nan
