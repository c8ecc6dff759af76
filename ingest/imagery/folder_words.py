"""What was done in a folder of images, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ingest.imagery.camera import Camera
from ingest.imagery.folder_images import counted
from pavement.measures.rutting import rut_method

_NAMED = 10


@dataclass(frozen=True)
class Done:
    """
    What was done for the images of a folder.

    Attributes
    ----------
    images
        How many there are.
    again
        How many of them were measured now; the others had been already.
    changed
        What decides results and is not as it was in the last call, in words.
    left_out
        Ending → number of pictures that the camera does not make.
    removed
        Files of images that are no longer there.
    """

    images: int
    again: int
    changed: Sequence[str]
    left_out: Mapping[str, int]
    removed: int


def summary(
    table: pd.DataFrame, done: Done, values: Mapping[str, float], *, out: Path, camera: Camera, ruts: pd.DataFrame
) -> str:
    """
    Return what was done and found, a line a fact.

    Parameters
    ----------
    table
        As :func:`ingest.imagery.folder_tables.image_table` returns.
    done
        What was done.
    values
        Image parameters.
    out
        Folder of results.
    camera
        Camera of the images.
    ruts
        Of range images, as :func:`ingest.imagery.line_events.line_ruts` returns.
    """
    once = table[table["same_as"] == ""]
    found = _found(once, values) if camera.scaled else _shares(once, values)
    sizes = _sizes(table) if camera.kind == "downward" and camera.scaled else []
    told = [
        *_done(done),
        *_copies(table),
        *found,
        *_ruts(ruts),
        *sizes,
        *_told(table, "unusable"),
        *_told(table, "rejected"),
    ]
    return "\n".join([_states(table), *told, f"Written: {out / 'images.csv'}"])


def _states(table: pd.DataFrame) -> str:
    count = table["state"].value_counts()
    states = ", ".join(f"{count.get(state, 0):,} {state}" for state in ("measured", "unusable", "rejected"))
    return f"{len(table):,} image(s): {states}."


def _done(done: Done) -> list[str]:
    lines = []
    former = done.images - done.again
    if done.again == 0:
        lines.append(f"{former:,} of {done.images:,} already done, nothing left to measure.")
    elif former:
        lines.append(f"{former:,} of {done.images:,} already done, {done.again:,} measured now.")
    if done.again and done.changed:
        lines.append(f"Measured again, since it changed after the last call: {', '.join(done.changed)}.")
    if done.removed:
        lines.append(f"Removed {done.removed:,} file(s) of the last call that belong to no image of this one.")
    if done.left_out:
        lines.append(f"Left out, since the camera does not make them: {counted(dict(done.left_out))}.")
    return lines


def _copies(table: pd.DataFrame) -> list[str]:
    """Return which images are others once more, which the sums leave out."""
    rows = table[table["same_as"] != ""]
    if rows.empty:
        return []
    pairs = [f"{row['image']} as {row['same_as']}" for _, row in rows.head(_NAMED).iterrows()]
    more = f", … and {len(rows) - len(pairs):,} more" if len(rows) > len(pairs) else ""
    return [f"The same picture, byte for byte, counted once below: {', '.join(pairs)}{more}."]


def _told(table: pd.DataFrame, state: str) -> list[str]:
    """Return the images of a state that shows nothing, with reason and cure."""
    rows = table[table["state"] == state]
    lines = [
        f"{row['image']}: {str(row['reason']).rstrip('.')}. {row['cure']}" for _, row in rows.head(_NAMED).iterrows()
    ]
    more = len(rows) - len(lines)
    return [*lines, f"… and {more:,} more; images.csv lists them."] if more else lines


def _shares(table: pd.DataFrame, values: Mapping[str, float]) -> list[str]:
    lines = [
        "No scale is known: nothing is measured in metres; shares of the road seen are all there is.",
        f"Each image was taken to show {values['unscaled_width']:g} m across. The farther off that is, the less the "
        "shares hold: grain is told as cracks, cracks are missed or told as sealed ones.",
    ]
    good = table[table["state"] == "measured"]
    if len(good):
        lines.append(
            f"Cracks cover {good['crack_share'].mean():.2f} % of the road seen on average, "
            f"potholes {good['pothole_share'].mean():.2f} %."
        )
    return [*lines, "A length known on the road, such as the lane's width, gives the scale: --mm-per-pixel X."]


def _ruts(ruts: pd.DataFrame) -> list[str]:
    """Return depth of ruts by the agency's straightedge, and where the other methods stand."""
    depth = ruts.loc[ruts["method"] == rut_method(), "rut_mm"]
    if depth.empty:
        return []
    return [
        f"Ruts by {rut_method()}: {depth.mean():.1f} mm on average of both wheel paths, {depth.max():.1f} mm at most; "
        "measures.csv tells each side, the other methods, water and texture."
    ]


def _sizes(table: pd.DataFrame) -> list[str]:
    """Return a doubt about the scale of images of several sizes: some may have been reduced."""
    sizes = table.loc[table["state"] == "measured", ["width_px", "height_px"]].value_counts()
    if len(sizes) < 2:
        return []
    told = ", ".join(f"{count:,} of {wide} x {high}" for (wide, high), count in sizes.head(4).items())
    return [f"Check the scale: the images differ in size ({told} pixels), and one scale was applied to all of them."]


def _found(table: pd.DataFrame, values: Mapping[str, float]) -> list[str]:
    good = table[table["state"] == "measured"]
    if not len(good):
        return []
    holes, area = int(good["pothole_count"].sum()), good["area_m2"].sum()
    lines = [f"{good['crack_length_m'].sum():,.1f} m of cracks and {holes:,} pothole(s) on {area:,.1f} m2."]
    widths = good["lane_width_m"].dropna()
    if len(widths) and not values["lane_width_min"] <= widths.median() <= values["lane_width_max"]:
        lines.append(
            f"Check the scale: the lane between its markings measures {widths.median():.2f} m in {len(widths)} of them."
        )
    return lines
