"""Any bytes and any cells into the readers of gantry counts, class records and weights."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.manifest import Data
from ingest.readers.reading import Context, Reading
from ingest.staging import READERS
from ingest.work import Work
from pavement.errors import PavementError
from pavement.progress import silent
from pavement.schema import schema
from sample_data.gantry_counts import slot_files
from tests.ingest.builders import kept_file
from tests.ingest.test_any_bytes import RELAXED, ground
from tests.ingest.test_tars import packed

ground = ground  # noqa: PLW0127  a fixture is found by its name here
SITES = b"counter,route,direction,from_m,to_m\n001234,N1,N,10000,12000\nW1,N1,S,10000,12000\n"
GANTRIES = ["01F0105N", "01F0115S"]
LISTED = pd.DataFrame({"gantry": GANTRIES, "route": "N1", "variant": "main", "direction": ["N", "S"]}).assign(
    measure_m=[10_500.0, 11_500.0], valid_from=pd.Timestamp("2020-01-01"), valid_to=pd.NaT
)


def read(ground, kind, files, *, names, **options):
    """Read files by role as an entry of a kind; an error must be one of ours."""
    folder, chosen, manifest, built = ground
    kept = {r: [kept_file(folder / n, c) for n, c in zip(names[r], cs, strict=True)] for r, cs in files.items()}
    data = Data(kind, dict.fromkeys(kept, "*"), options=options)

    def known(table):
        return LISTED if table == "gantries" else pd.DataFrame(columns=schema(table).index)

    today = dt.date(2025, 1, 1)
    context = Context(manifest, data, kept, True, built, known, chosen, silent, today, Work(folder))
    try:
        found = READERS[kind](context)
    except PavementError:
        return None
    assert isinstance(found, Reading)
    assert (found.faults["message"].str.len() > 0).all()
    return found


@RELAXED
@given(content=st.binary(max_size=300), name=st.sampled_from(["a.tar.gz", "M03A_20240304.csv", "a.csv"]))
@pytest.mark.parametrize("kind", ["M03A", "M05A", "M06A"])
def test_any_bytes_into_the_archive_reader(ground, kind, content, name):
    read(ground, "tdcs", {"files": [content]}, names={"files": [name]}, set=kind)


TEXTS = ("2024/03/04 00:05", "2024-3-4 24:00", "01F0105N", "N", "S", "31", "5", "0", "", "-1", "1e9", "nan", "Y", "{x}")
CELL = st.one_of(st.sampled_from(TEXTS), st.binary(max_size=6).map(lambda b: b.decode("latin-1").replace("\0", "")))


@RELAXED
@given(lines=st.lists(st.lists(CELL, min_size=3, max_size=9), max_size=6), end=st.sampled_from(["\n", "\r\n", "\r"]))
@pytest.mark.parametrize("kind", ["M03A", "M05A", "M06A"])
def test_any_cells_into_the_archive_reader(ground, kind, lines, end):
    content = end.join(",".join(line) for line in lines).encode()
    found = read(ground, "tdcs", {"files": [content]}, names={"files": ["a.csv"]}, set=kind)
    for rows in found.tables.values() if found else []:
        if "coverage" in rows and len(rows):
            assert rows["coverage"].between(0, 1).all()


@RELAXED
@given(data=st.data())
def test_flipped_bytes_of_an_archive(ground, data):
    counts = np.ones((288, 2, 5), dtype=int)
    files = list(slot_files(dt.date(2024, 3, 4), GANTRIES, counts, slash=True).items())[:3]
    content = bytearray(packed(*files))
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
        content[at] = data.draw(st.integers(0, 255))
    read(ground, "tdcs", {"files": [bytes(content)]}, names={"files": ["M03A_20240304.tar.gz"]})


RECORD = b"C060012341112090500  193    0  120   30    2    8    3    0    4   25    1    0    0    0\n"


@RELAXED
@given(data=st.data(), more=st.binary(max_size=120))
def test_any_bytes_into_the_reader_of_class_records(ground, data, more):
    content = bytearray(RECORD * 2)
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[at] = data.draw(st.integers(0, 255))
    names = {"files": ["a.cla"], "sites": ["s.csv"]}
    read(ground, "tmg", {"files": [bytes(content) + more], "sites": [SITES]}, names=names)


WEIGHT = st.one_of(st.sampled_from(["50", "90.5", "", "0", "-1", "1e9", "nan", "x", "{v}"]), st.floats().map(repr))


@RELAXED
@given(content=st.binary(max_size=200))
def test_any_bytes_into_the_reader_of_weights(ground, content):
    names = {"file": ["w.csv"], "sites": ["s.csv"]}
    read(ground, "wim", {"file": [content], "sites": [SITES]}, names=names)


@RELAXED
@given(rows=st.lists(st.lists(WEIGHT, min_size=26, max_size=26), max_size=4), sites=st.binary(max_size=60))
def test_any_weights_into_the_reader_of_weights(ground, rows, sites):
    columns = schema("wim").index.tolist()
    lines = [",".join(columns)] + [",".join(["W1", "S", "2023-05-04", "9", *r][: len(columns)]) for r in rows]
    names = {"file": ["w.csv"], "sites": ["s.csv"]}
    content = "\n".join(lines).encode()
    read(ground, "wim", {"file": [content], "sites": [SITES]}, names=names)
    read(ground, "wim", {"file": [content], "sites": [sites]}, names=names)
