"""Any bytes into any reader give a reading or a PavementError, and nothing else."""

import datetime as dt
import gzip
import io
import json
import re
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
from tests.examples import examples
from tests.ingest.builders import NETWORK, kept_file, network_files, package, settings_at
from tests.ingest.deflection_files import f25, f25_drop, f25_station, pddx, pddx_place
from tests.ingest.profile_files import results, section

SUFFIXES = (".csv", ".xlsx", ".parquet", ".geojson", ".gpkg", ".erd", ".ppf")
# kinds of which one sheet alone is an entry; what comes in files of its own has tests of its own
SHEETS = [k for k, (needed, _) in FILES_OF_KIND.items() if needed == ("file",)]
PLACE = {"route": "N1", "direction": "S", "lane": "1", "start_m": 10_000}
# a failing case is small enough as it is drawn: shrinking takes minutes
PHASES = (Phase.explicit, Phase.generate)
RELAXED = settings(max_examples=examples(25), deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))


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
    """Read contents by role as an entry of a kind, of one suffix or each of its own; an error must be one of ours."""
    folder, chosen, manifest, built = ground
    ending = dict.fromkeys(contents, suffix) if isinstance(suffix, str) else suffix
    files = {r: [kept_file(folder / f"{r}{ending[r]}", c)] for r, c in contents.items()}
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


ROAD = {"route": "N1", "direction": "S", "lane": "2"}
DEFLECTIONS = {
    ".f25": f25(f25_station(10150, [f25_drop(1), f25_drop(2)], where=10150), f25_station(10250, [f25_drop(1)])),
    ".pddx": pddx([pddx_place(1, "10.15", ["50.96,292.6,240.7,219.8,186.2,154.4,104.8,74.8"])]),
}


@pytest.mark.parametrize("suffix", list(DEFLECTIONS))
@RELAXED
@given(content=st.binary(max_size=300), data=st.data())
def test_any_bytes_into_the_readers_of_deflection_devices(ground, suffix, content, data):
    head = DEFLECTIONS[suffix][: data.draw(st.sampled_from((0, 40, 120, 400)))]
    read(ground, "fwd", {"file": head.encode() + content}, suffix=suffix, options=ROAD)


@pytest.mark.parametrize("suffix", list(DEFLECTIONS))
@RELAXED
@given(data=st.data())
def test_any_text_in_a_file_of_a_deflection_device(ground, suffix, data):
    """Fields of a sound file replaced by others; what is read lies on the network and within the limits."""
    fields = re.split(r"([,\n=])", DEFLECTIONS[suffix])
    for at in data.draw(st.lists(st.integers(0, len(fields) - 1), min_size=1, max_size=6)):
        fields[at] = data.draw(
            st.sampled_from(("", "N0", "1e999", "-1", "nan", "5301", "5020", "\n", ",", "9" * 40, "[x]"))
        )
    found = read(ground, "fwd", {"file": "".join(fields).encode()}, suffix=suffix, options=ROAD)
    if found is not None and len(found.tables.get("fwd", ())):
        assert found.tables["fwd"]["measure_m"].between(10000, 12000).all()
        assert found.tables["fwd"]["load_kn"].between(1, 300).all()


LINE = st.text(alphabet="0123456789.,-+ eENDX&infamTITLE\t", max_size=40)


@RELAXED
@given(second=LINE, head=st.lists(LINE, max_size=3), body=st.one_of(st.binary(max_size=200), LINE.map(str.encode)))
def test_any_header_and_numbers_into_the_erd_reader(ground, second, head, body):
    content = "\n".join(["ERDFILEV2.00", second, *head, "END", ""]).encode() + body
    read(ground, "longitudinal_profile", {"file": content, "binary": body}, suffix=".erd", options=PLACE)


@RELAXED
@given(
    channels=st.integers(1, 4),
    samples=st.integers(-1, 300),
    coding=st.sampled_from((1, 5)),
    step=st.sampled_from(("0.25", "1e-300", "1e300", "3", "0.1")),
    unit=st.sampled_from(("mm", "in", "furlong", "")),
    body=st.binary(max_size=400),
)
def test_a_sound_erd_header_before_any_bytes(ground, channels, samples, coding, step, unit, body):
    lines = ["ERDFILEV2.00", f"{channels},{samples},-1,1,{coding},{step},-1", "SHORTNAMLElev.  RElev.  Speed   "]
    content = "\n".join([*lines, f"UNITSNAM{unit:<8}{unit:<8}km/h", f"XUNITS  {unit}", "END", ""]).encode()
    numbers = " ".join(str(b) for b in body).encode() if coding == 5 else b""
    files = {"file": content + numbers, "binary": body}
    read(ground, "longitudinal_profile", files, suffix=".erd", options=PLACE)


def lcms(draw):
    """Return results with any texts in place of their numbers."""
    text = section(
        20,
        number=2,
        cracks=[[(900, 1000, 6), (900, 3000, 2)]],
        ruts=[("Left", 25, 850, 8)],
        rough=[(875, 1.5), (2625, 2)],
    )
    more = "<PotholesInformation><Pothole><Area>0.1</Area><BoundingBox><MinX>1</MinX><MaxX>9</MaxX><MinY>1</MinY>"
    text += more + "<MaxY>9</MaxY></BoundingBox></Pothole></PotholesInformation>"
    values = re.findall(r"(?<=>)[^<>]+(?=<)", text)
    for _ in range(draw(st.integers(1, 3))):
        text = text.replace(f">{draw(st.sampled_from(values))}<", f">{draw(st.sampled_from(WORDS))}<", 1)
    return results(text)


WORDS = ("", "nan", "inf", "-1", "0", "1e308", "-1e308", "9" * 40, "1,5", "x", "1e-300", "mm", "{}", "25")


@RELAXED
@given(data=st.data())
def test_any_texts_into_the_lcms_reader(ground, data):
    found = read(ground, "lcms", {"files": lcms(data.draw)}, suffix=".xml", options=PLACE)
    for rows in found.tables.values() if found else []:
        for column in ("from_m", "to_m", "measure_m"):
            if column in rows and len(rows):
                assert rows[column].between(10000, 12000).all()


@RELAXED
@given(content=st.binary(max_size=300), suffix=st.sampled_from((".xml", ".acdx", ".gz", ".txt")), packed=st.booleans())
def test_any_bytes_into_the_lcms_reader(ground, content, suffix, packed):
    read(ground, "lcms", {"files": gzip.compress(content) if packed else content}, suffix=suffix, options=PLACE)


@RELAXED
@given(data=st.data())
def test_flipped_bytes_of_packed_lcms_results(ground, data):
    content = bytearray(
        gzip.compress(results(section(20, number=2, cracks=[[(900, 1000, 6), (900, 3000, 2)]])), mtime=0)
    )
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    read(ground, "lcms", {"files": bytes(content)}, suffix=".acdx", options=PLACE)


PLACES = ("N1", "國道1號", "S", "南下", "1", "內側車道", "10000", "10100", "10k+500", "國道1號 10k+250 南下")
VALUES = ("", "1.5", "-1", "nan", "inf", "1e999", "0x1F", "iri", "銑刨加鋪", "31", "true", "2024-03-02", "113/03/02")
HOSTILE = ("{}", "{0}", "{value}", "%s", "\u202e", "=1+1", "a" * 300)
CELL = st.one_of(
    st.sampled_from(PLACES + VALUES + HOSTILE),
    st.text(alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters='\0\r\n"'), max_size=8),
    st.floats().map(repr),
)


# files of a network by role; the last two are told of only where they are
NETWORK_FILES = {"file": "routes.geojson", "calibration": "calibration.csv", "lanes": "lanes.csv"}
MORE_OF_NETWORK = {
    "chainage": "route,direction,from_m,to_m,from_chainage,to_chainage\n",
    "crosswalk": "old_route,old_direction,old_version,old_from_m,old_to_m,route,direction,version,from_m,to_m,turned\n",
}


@RELAXED
@given(
    suffix=st.sampled_from((".geojson", ".gpkg", ".shp", ".zip", ".csv")),
    content=st.binary(max_size=300),
    role=st.sampled_from(("file", "calibration", "lanes", "chainage", "crosswalk")),
    headed=st.booleans(),
)
def test_any_bytes_into_the_network_reader(ground, suffix, content, role, headed):
    contents = {r: network_files()[n].encode() for r, n in NETWORK_FILES.items()}
    start = MORE_OF_NETWORK.get(role, "").encode() if headed else b""
    # sound roles keep the ending that they need
    endings = {r: suffix if r == role else ".geojson" if r == "file" else ".csv" for r in (*contents, role)}
    read(ground, "network", contents | {role: start + content}, suffix=endings)


@RELAXED
@given(data=st.data(), role=st.sampled_from(("chainage", "crosswalk")))
def test_any_cells_into_the_sheets_of_a_network(ground, data, role):
    contents = {r: network_files()[n].encode() for r, n in NETWORK_FILES.items()}
    head = MORE_OF_NETWORK[role]
    wide = head.count(",") + 1
    lines = data.draw(st.lists(st.lists(CELL, min_size=wide, max_size=wide), max_size=4))
    sheet = head + pd.DataFrame(lines, columns=range(wide)).to_csv(index=False, header=False)
    read(
        ground,
        "network",
        contents | {role: sheet.encode()},
        suffix={r: ".geojson" if r == "file" else ".csv" for r in (*contents, role)},
    )


@pytest.mark.parametrize(("route", "direction"), [("???", "S"), ("N1", "Q"), ("???", "Q")])
def test_t15_a_network_of_which_every_route_is_badly_named_is_refused_with_its_faults(ground, route, direction):
    contents = {r: network_files()[n].encode() for r, n in NETWORK_FILES.items()}
    shapes = json.loads(contents["file"])
    for feature in shapes["features"]:
        feature["properties"] |= {"route": route, "direction": direction}
    suffix = {r: ".geojson" if r == "file" else ".csv" for r in contents}
    assert read(ground, "network", contents | {"file": json.dumps(shapes).encode()}, suffix=suffix) is None


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
