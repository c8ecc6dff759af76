"""The tables of a folder's images, made from what is written down of each; their columns are described by tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ingest.imagery.journal import Journal
from ingest.imagery.quantify import FINDING_COLUMNS
from ingest.imagery.stream import NAME, named
from pavement.schema import schema

IMAGE_COLUMNS = tuple(schema("image_files").index)
# images whose findings are in memory at a time
_BATCH = 1000


def image_table(keys: Mapping[str, str], views: Mapping[str, Mapping[str, str]], journal: Journal) -> pd.DataFrame:
    """
    Return one row an image.

    Parameters
    ----------
    keys
        Image → key of what is written down of it.
    views
        Image → columns overlay and mask.
    journal
        What is written down.
    """
    rows, copies = [], same_images(keys)
    for name, key in keys.items():
        record = journal.record(key)
        row = record["row"] if record["error"] is None else _rejected(record["error"], name)
        # nothing is told of pictures that show nothing, such as black ones: they are all alike
        same = copies.get(name, "") if row["state"] == "measured" else ""
        rows.append({"image": name, "same_as": same} | row | dict(views[name]))
    return _typed(pd.DataFrame(rows, columns=list(IMAGE_COLUMNS)), "image_files")


def same_images(keys: Mapping[str, str]) -> dict[str, str]:
    """Return image → the first one that is the same, byte for byte, of images that came before under another name."""
    first: dict[str, str] = {}
    return {name: first[key] for name, key in keys.items() if first.setdefault(key, name) != name}


def _rejected(error: list[str], name: str) -> dict[str, str]:
    # the row says which image it is
    reason, cure = named([error[0].removeprefix(f"{NAME}: "), error[1]], name)
    return {"state": "rejected", "reason": reason, "cure": cure}


def finding_table(keys: Mapping[str, str], journal: Journal, *, engine: str) -> Iterator[pd.DataFrame]:
    """Yield the findings of all images, those of some at a time; at least one frame, which may be empty."""
    columns, copies = ["image", "sha256", "same_as", *FINDING_COLUMNS, "on_road"], same_images(keys)
    for part in _records(keys, journal):
        rows = [
            (name, row["row"]["sha256"], copies.get(name, ""), *finding)
            for name, row in part
            for finding in row["findings"]
        ]
        found = _typed(pd.DataFrame(rows, columns=columns), "image_findings")
        yield found.assign(engine=found["engine"].replace("", engine))[[*schema("image_findings").index, "on_road"]]


def zone_table(keys: Mapping[str, str], journal: Journal) -> Iterator[pd.DataFrame]:
    """Yield the cracks by zone and type of all images, as :func:`finding_table`."""
    yield from _told(keys, journal, "zones", "image_zones")


def measure_table(keys: Mapping[str, str], journal: Journal) -> Iterator[pd.DataFrame]:
    """Yield what the lines of range images measure, one row an image, kind, side and method."""
    yield from _told(keys, journal, "measures", "image_measures")


def _told(keys: Mapping[str, str], journal: Journal, part_of: str, table: str) -> Iterator[pd.DataFrame]:
    for part in _records(keys, journal):
        rows = [(name, *told) for name, row in part for told in row[part_of]]
        yield _typed(pd.DataFrame(rows, columns=list(schema(table).index)), table)


def _typed(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return a frame whose numbers are numbers, whole where the table says so, and rounded to 3 places."""
    kinds = {"float": "float64", "int": "Int64"}
    wanted = {column: kinds[kind] for column, kind in schema(table)["type"].items() if kind in kinds}
    numbers = {str(column): kind for column, kind in wanted.items() if column in frame}
    return frame.astype(dict.fromkeys(numbers, "float64")).round(3).astype(numbers)


def _records(keys: Mapping[str, str], journal: Journal) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    names = list(keys)
    for start in range(0, len(names), _BATCH):
        records = [(name, journal.record(keys[name])) for name in names[start : start + _BATCH]]
        yield [(name, record) for name, record in records if record["error"] is None]
