"""Road basics: the lane centre's coordinates brought to the working frame."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.columns import numbers, text_of
from ingest.fault_list import Marks
from ingest.position import refuse_wrong_crs
from ingest.readers.reading import Context

_PAIR = r"^\s*[(\[]?\s*([+-]?\d+(?:\.\d+)?)\s*[,，;；\s]\s*([+-]?\d+(?:\.\d+)?)\s*[)\]]?\s*$"


def centres(frame: pd.DataFrame, context: Context, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return sections with centre_x, centre_y in the working frame.

    Both coordinates may stand in one cell (車道中心坐標); a centre off the network is a fault.
    """
    marks = Marks(frame, file=file)
    if "centre_xy" in frame:
        written = text_of(frame, "centre_xy")
        parts = written.str.extract(_PAIR)
        message = "{value!r} is no pair of coordinates."
        marks.add((written != "") & parts[0].isna(), "centre_xy", "coordinates", message, "Write x, y.", written)
        frame = frame.drop(columns="centre_xy").assign(centre_x=parts[0], centre_y=parts[1])
    if not {"centre_x", "centre_y"} <= set(frame.columns):
        return frame, marks.frame()
    x, y = numbers(frame["centre_x"]), numbers(frame["centre_y"])
    given = x.notna() & y.notna()
    half = (x.notna() != y.notna()) & ~marks.any
    pair = text_of(frame, "centre_x") + ", " + text_of(frame, "centre_y")
    marks.add(half, "centre_x", "coordinates", "{value!r} is no pair of coordinates.", "Write x, y.", pair)
    network = context.located_network()
    xy = network.projected(x, y, crs=context.manifest.crs)
    inside = network.inside(xy)
    refuse_wrong_crs(inside[given.to_numpy()], crs=context.manifest.crs, file=file)
    shown = x.astype(str) + " " + y.astype(str)
    cure = "Check the coordinates and the CRS of the package."
    marks.add(given & ~inside, "centre_x", "off the network", "Centre {value} lies off the network.", cure, shown)
    columns = {}
    for number, name in enumerate(("centre_x", "centre_y")):
        place = pd.Series(np.where(given & inside, xy[:, number], np.nan), index=frame.index)
        # what is no number stays as it is written, so that the check of its type shows it
        columns[name] = place.astype(object).where(given, frame[name])
    return frame.assign(**columns)[~marks.any], marks.frame()
