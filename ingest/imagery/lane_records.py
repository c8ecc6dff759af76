"""What a frame shows of its lane, as plain JSON and back without loss, so that it can be written down."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ingest.imagery.lane_shapes import SHAPES, no_shapes, objects
from ingest.imagery.on_lane import OnLane, no_parts
from pavement.measures.crack_parts import PARTS


def lane_record(lane: OnLane) -> dict[str, Any]:
    """Return what a frame shows of its lane as plain JSON; numbers keep every bit."""
    parts = {name: _text(lane.parts[name].to_numpy()) for name in PARTS if name != "type"}
    return {
        "parts": parts | {"type": lane.parts["type"].tolist()},
        "shapes": _shape_record(lane.shapes),
        "seen": _text(lane.seen),
        "width_m": float(lane.width_m),
        "length_m": float(lane.length_m),
        "lane_width_m": float(lane.lane_width_m),
        "heights": bool(lane.heights),
    }


def _shape_record(shapes: pd.DataFrame) -> dict[str, Any]:
    numbers = {name: _text(shapes[name].to_numpy()) for name in ("finding", "length_m", "depth_mm")}
    return numbers | {
        "kind": shapes["kind"].tolist(),
        "shape": [str(shape) for shape in shapely.to_wkb(shapes["shape"].to_numpy(object), hex=True)],
        "volumes": [_text(told) for told in shapes["volumes"]],
    }


def lane_of(record: Mapping[str, Any]) -> OnLane:
    """Return what a frame shows of its lane from what :func:`lane_record` made of it."""
    told = record["parts"]
    parts = pd.DataFrame({name: told["type"] if name == "type" else _array(told[name]) for name in PARTS})
    return OnLane(
        parts if len(parts) else no_parts(),
        _shapes_of(record["shapes"]),
        _array(record["seen"]),
        record["width_m"],
        record["length_m"],
        record["lane_width_m"],
        record["heights"],
    )


def _shapes_of(told: Mapping[str, Any]) -> pd.DataFrame:
    if not told["kind"]:
        return no_shapes()
    read = {
        "kind": told["kind"],
        "shape": shapely.from_wkb(np.array(told["shape"], dtype=object)),
        "volumes": objects([_array(text) for text in told["volumes"]]),
    }
    return pd.DataFrame({name: read[name] if name in read else _array(told[name]) for name in SHAPES})


class Lanes(Mapping[str, OnLane]):
    """
    Frame → what it shows of its lane, read when asked; the last ones stay at hand.

    It is a class because :func:`ingest.imagery.placing.lane_measures` takes a mapping, and one that holds all frames of
    a survey would grow with it.

    Parameters
    ----------
    read
        Frame → what :func:`lane_record` made of it.
    frames
        Names of the frames.
    kept
        How many stay at hand.
    """

    def __init__(self, read: Callable[[str], Mapping[str, Any]], frames: list[str], *, kept: int = 512) -> None:
        self._read = read
        self._frames = dict.fromkeys(frames)
        self._kept = kept
        self._near: OrderedDict[str, OnLane] = OrderedDict()

    def __getitem__(self, frame: str) -> OnLane:
        if frame not in self._frames:
            raise KeyError(frame)
        if frame not in self._near:
            self._near[frame] = lane_of(self._read(frame))
            if len(self._near) > self._kept:
                self._near.popitem(last=False)
        return self._near[frame]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


def _text(values: NDArray[Any]) -> list[str]:
    """Return kind and bytes of numbers; little-endian whatever the machine."""
    plain = np.ascontiguousarray(values)
    return [
        plain.dtype.newbyteorder("<").str,
        base64.b64encode(plain.astype(plain.dtype.newbyteorder("<")).tobytes()).decode(),
    ]


def _array(text: list[str]) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text[1]), dtype=text[0]).copy()
