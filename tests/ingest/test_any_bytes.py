"""Any bytes into any reader give a reading or a PavementError, and nothing else (faults.md, section 5)."""

import datetime as dt
import io
from contextlib import suppress
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingest.columns import OWN_ID
from ingest.manifest import FILES_OF_KIND, Data, read_manifest
from ingest.network import network
from ingest.package import received
from ingest.readers import network as network_reader
from ingest.readers.reading import Context, Reading
from ingest.staging import READERS
from ingest.work import Work
from pavement.errors import PavementError
from pavement.progress import silent
from pavement.schema import schema
from tests.ingest.builders import NETWORK, kept_file, network_files, package, settings_at

SUFFIXES = (".csv", ".xlsx", ".parquet", ".geojson", ".gpkg")
SHEETS = [k for k in FILES_OF_KIND if k not in ("network", "frames")]
# a failing case is small enough as it is drawn: shrinking takes minutes
PHASES = (Phase.explicit, Phase.generate)
RELAXED = settings(max_examples=25, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """Return a folder, settings, manifest and the small network."""
    folder = tmp_path_factory.mktemp("bytes")
    chosen = settings_at(folder / "home")
    made = package(folder / "n", network_files(), NETWORK)
    with received(made, settings=chosen) as found:
        manifest = read_manifest(found.files["manifest.toml"].path.read_bytes())
        data = manifest.data[0]
        files = {role: found.matching(name) for role, name in data.files.items()}
        context = Context(
            manifest,
            data,
            files,
            True,
            None,
            lambda _: pd.DataFrame(),
            chosen,
            silent,
            dt.date(2025, 1, 1),
            Work(folder),
        )
        tables = network_reader.read(context).tables
    built = network(tables["routes"], tables["calibration"], tables["lanes"], settings=chosen)
    return folder, chosen, manifest, built


def read(ground, kind, contents, *, suffix=".csv", **how):
    """Read contents by role as an entry of a kind; an error must be one of ours."""
    folder, chosen, manifest, built = ground
    files = {r: [kept_file(folder / f"{r}{suffix}", c)] for r, c in contents.items()}
    data = Data(kind, {r: f[0].name for r, f in files.items()}, **how)
    context = Context(
        manifest,
        data,
        files,
        True,
        built,
        lambda t: pd.DataFrame(columns=schema(t).index),
        chosen,
        silent,
        dt.date(2025, 1, 1),
        Work(folder),
    )
    found = refused = None
    try:
        found = READERS[kind](context)
    except PavementError as error:
        refused = error.message
    assert refused or isinstance(found, Reading)
    return found


@RELAXED
@given(kind=st.sampled_from(SHEETS), suffix=st.sampled_from(SUFFIXES), content=st.binary(max_size=300))
def test_any_bytes_into_any_reader(ground, kind, suffix, content):
    read(ground, kind, {"file": content}, suffix=suffix)


@RELAXED
@given(
    suffix=st.sampled_from((".geojson", ".gpkg", ".csv")),
    content=st.binary(max_size=300),
    role=st.sampled_from(("file", "calibration", "lanes")),
)
def test_any_bytes_into_the_network_reader(ground, suffix, content, role):
    good = {"file": "routes.geojson", "calibration": "calibration.csv", "lanes": "lanes.csv"}
    contents = {r: network_files()[n].encode() for r, n in good.items()}
    read(ground, "network", contents | {role: content}, suffix=suffix)


PLACES = ("N1", "國道1號", "S", "南下", "1", "內側車道", "10000", "10100", "10k+500", "國道1號 10k+250 南下")
VALUES = ("", "1.5", "-1", "nan", "inf", "1e999", "0x1F", "iri", "銑刨加鋪", "31", "true", "2024-03-02", "113/03/02")
HOSTILE = ("{}", "{0}", "{value}", "%s", "\u202e", "=1+1", "a" * 300)
CELL = st.one_of(
    st.sampled_from(PLACES + VALUES + HOSTILE),
    st.text(alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters='\0\r\n"'), max_size=8),
    st.floats().map(repr),
)


@pytest.mark.parametrize("kind", SHEETS)
def test_a_sheet_with_a_heading_and_no_row_gives_no_rows(ground, kind):
    heading = ",".join(schema(kind).index.drop(OWN_ID.get(kind, []), errors="ignore"))
    found = read(ground, kind, {"file": f"{heading}\n".encode()})
    assert found is None or all(rows.empty for rows in found.tables.values())


@RELAXED
@given(kind=st.sampled_from(SHEETS), data=st.data())
def test_any_cells_into_any_reader(ground, kind, data):
    given_columns = [
        *schema(kind).index,
        "from_chainage",
        "to_chainage",
        "chainage",
        "location",
        "x",
        "y",
        "planned",
        "centre_xy",
        "-1.0",
        "0",
        "1.0",
    ]
    picked = data.draw(st.lists(st.sampled_from(given_columns), min_size=1, unique=True))
    columns = sorted({*picked, *(c for c in schema(kind).index if data.draw(st.integers(0, 9)) > 0)})
    lines = data.draw(st.lists(st.lists(CELL, min_size=len(columns), max_size=len(columns)), max_size=4))
    frame = pd.DataFrame(lines, columns=columns)
    found = read(ground, kind, {"file": frame.to_csv(index=False).encode()})
    for rows in found.tables.values() if found else []:
        for column in ("from_m", "to_m", "measure_m"):
            if column in rows and len(rows):
                assert rows[column].between(10000, 12000).all()
    if found is not None:
        assert (found.faults["message"].str.len() > 0).all()


def written(kind):
    """Return a sound sheet of a kind as text cells."""
    place = {"route": "N1", "direction": "S", "lane": "1"}
    samples = np.arange(10000, 10040, 0.25)
    if kind == "longitudinal_profile":
        return pd.DataFrame(
            place | {"measure_m": samples, "elevation_left": 0.001 * np.sin(samples), "elevation_right": 0.0}
        )
    return pd.DataFrame(place | {"measure_m": samples[::10], "-1.0": 0.0, "0.0": np.sin(samples[::10]), "1.0": 0.0})


@pytest.mark.parametrize("kind", ["longitudinal_profile", "transverse_profile"])
@RELAXED
@given(data=st.data())
def test_flipped_bytes_of_a_parquet_profile(ground, kind, data):
    stream = io.BytesIO()
    written(kind).to_parquet(stream, index=False)
    content = bytearray(stream.getvalue())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
        content[at] = data.draw(st.integers(0, 255))
    read(ground, kind, {"file": bytes(content)}, suffix=".parquet")


@pytest.mark.parametrize("kind", ["longitudinal_profile", "transverse_profile"])
@RELAXED
@given(data=st.data())
def test_any_numbers_in_a_profile(ground, kind, data):
    frame = written(kind)
    for _ in range(data.draw(st.integers(1, 4))):
        column = data.draw(st.sampled_from([c for c in frame if c not in ("route", "direction", "lane")]))
        at = data.draw(st.integers(0, len(frame) - 1))
        frame.loc[at:, column] = data.draw(
            st.sampled_from([np.nan, np.inf, -np.inf, 1e308, -1.0, 0.0, 10500.0, 1e-320])
        )
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    read(ground, kind, {"file": stream.getvalue()}, suffix=".parquet")


@cache
def workbook():
    """Return one workbook: each one written carries its own time, and draws must repeat."""
    stream = io.BytesIO()
    pd.DataFrame(
        {"work": ["A"], "location": ["國道1號 10k~11k 南下"], "completed_on": ["2020-01-01"], "treatment": ["新建"]}
    ).to_excel(stream, index=False)
    return stream.getvalue()


@RELAXED
@given(data=st.data())
def test_flipped_bytes_of_a_workbook(ground, data):
    content = bytearray(workbook())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    read(ground, "works", {"file": bytes(content)}, suffix=".xlsx")


@pytest.mark.parametrize("kind", ["longitudinal_profile", "transverse_profile"])
def test_t17_a_profile_read_in_pieces_gives_the_same_tables(ground, kind, monkeypatch):
    """T17: what is packed piece by piece is read as what is held whole."""
    from ingest import sheets

    content = written(kind).to_csv(index=False).encode()
    whole = read(ground, kind, {"file": content})
    monkeypatch.setattr(sheets, "_PIECE", 9)
    pieces = read(ground, kind, {"file": content})
    assert sorted(pieces.tables) == sorted(whole.tables)
    assert len(whole.tables[kind]) > 10
    for name, rows in whole.tables.items():
        pd.testing.assert_frame_equal(pieces.tables[name], rows, check_dtype=False, obj=name)
    pd.testing.assert_frame_equal(pieces.faults, whole.faults)


@RELAXED
@given(content=st.binary(max_size=300), role=st.sampled_from(("files", "positions")), photo_=st.booleans())
def test_any_bytes_into_the_reader_of_frames(ground, content, role, photo_):
    """Frames are an entry of two roles: whichever is noise, there is a reading or one of our errors."""
    folder, chosen, manifest, built = ground
    header = "frame,file,route,direction,lane,measure_m,length_m,taken_at\n"
    positions = f"{header}f1,f1.jpg,N1,S,1,10100,2,2024-03-02T08:00:00+08:00\n".encode()
    start = b"\xff\xd8\xff\xe0" if photo_ else b""
    contents = {"files": start + content, "positions": positions} | ({"positions": content} if role != "files" else {})
    names = {"files": "f1.jpg", "positions": "p.csv"}
    files = {r: [kept_file(folder / names[r], c, name=names[r])] for r, c in contents.items()}
    camera = {"kind": "downward", "mm_per_pixel": 2.0}
    data = Data("frames", {"files": "f1.jpg", "positions": "p.csv"})
    known = lambda table: pd.DataFrame(columns=schema(table).index)  # noqa: E731
    context = Context(
        replace(manifest, camera=camera), data, files, True, built, known, chosen, silent, dt.date(2025, 1, 1),
        Work(folder),
    )  # fmt: skip
    with suppress(PavementError):
        assert isinstance(READERS["frames"](context), Reading)
