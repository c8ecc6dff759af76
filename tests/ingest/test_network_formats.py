"""A network from GeoPackage and Shapefile, in one piece or packed, flat or in three dimensions: one network."""

import io
import json
import zipfile

import geopandas as gpd
import pytest
import shapely

from ingest.run import ingest_package
from pavement.store import published
from tests.ingest.builders import NETWORK, X, Y, network_files, package

STRAIGHT = shapely.LineString([(X, Y), (X, Y - 2000)])
PARTS = ("shp", "shx", "dbf", "prj", "cpg")


def routes(*, line=STRAIGHT) -> gpd.GeoDataFrame:
    rows = [
        {"route": "N1", "direction": d, "name_zh": "國道1號", "name_en": "Freeway 1", "sense": 1 if d == "S" else -1,
         "from_m": 10000.0, "to_m": 12000.0, "version": "2020-01-01"}
        for d in "SN"
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry=[line, line], crs="EPSG:3826")


def shapefile(folder, frame, *, encoding="utf-8", leave_out=()) -> dict[str, bytes]:
    folder.mkdir()
    frame.to_file(folder / "roads.shp", encoding=encoding)
    return {f"roads.{s}": (folder / f"roads.{s}").read_bytes() for s in PARTS if s not in leave_out}


def packed(files: dict[str, bytes], *, inside="gis/") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(inside + name, content)
    return out.getvalue()


def ingested(store, settings, folder, files, *, file, **entry):
    rest = {n: c for n, c in network_files().items() if n != "routes.geojson"}
    made = package(folder, rest | files, [NETWORK[0] | {"file": file} | entry], id="network")
    return ingest_package(made, store=store, settings=settings)


def written(kind, folder, frame, **options):
    """Return the files of one way to write routes, and the name for the manifest."""
    if kind == "gpkg":
        folder.mkdir()
        frame.to_file(folder / "r.gpkg", layer="routes")
        return {"r.gpkg": (folder / "r.gpkg").read_bytes()}, "r.gpkg"
    parts = shapefile(folder, frame, **options)
    return ({"roads.zip": packed(parts)}, "roads.zip") if kind == "zip" else (parts, "roads.shp")


@pytest.mark.parametrize("kind", ["gpkg", "shp", "zip"])
@pytest.mark.parametrize("flat", [True, False])
def test_every_format_gives_the_same_routes(kind, flat, store, settings, tmp_path):
    line = STRAIGHT if flat else shapely.LineString([(X, Y, 12.0), (X, Y - 2000, 40.0)])
    files, name = written(kind, tmp_path / "gis", routes(line=line))
    report = ingested(store, settings, tmp_path / "n", files, file=name)
    assert report.state == "published", report.text()
    assert report.faults.empty, report.text()
    found = published.table(store, "routes")
    assert sorted(found["direction"]) == ["N", "S"]
    assert found["name_zh"].unique().tolist() == ["國道1號"]
    assert all(g.equals_exact(STRAIGHT, 1e-9) and not g.has_z for g in found.geometry)


def test_shapefile_without_prj_and_cpg_is_what_the_manifest_says(store, settings, tmp_path):
    files, name = written("shp", tmp_path / "gis", routes(), encoding="big5", leave_out=("prj", "cpg"))
    sheet = network_files()["lanes.csv"].encode("big5")
    report = ingested(store, settings, tmp_path / "n", files | {"lanes.csv": sheet}, file=name, encoding="big5")
    assert report.state == "published", report.text()
    assert published.table(store, "routes")["name_zh"].unique().tolist() == ["國道1號"]


def test_g1_prj_that_says_otherwise_refuses_the_network(store, settings, tmp_path):
    files, name = written("zip", tmp_path / "gis", routes().set_crs("EPSG:3825", allow_override=True))
    report = ingested(store, settings, tmp_path / "n", files, file=name)
    assert report.state == "refused"
    assert "CRS" in report.message


@pytest.mark.parametrize("part", ["shx", "dbf"])
def test_a_part_that_is_not_there_is_named(part, store, settings, tmp_path):
    files, name = written("shp", tmp_path / "gis", routes(), leave_out=(part,))
    report = ingested(store, settings, tmp_path / "n", files, file=name)
    assert report.state == "refused"
    assert f"lacks its part .{part}" in report.faults["message"].str.cat(sep=" ") + report.message


def test_zips_without_one_shapefile_and_damaged_ones_are_refused(store, settings, tmp_path):
    parts = shapefile(tmp_path / "gis", routes())
    two = parts | {n.replace("roads", "other"): c for n, c in parts.items()}
    broken = {**parts, "roads.shp": parts["roads.shp"][:60]}
    cases = {"two": packed(two), "none": packed({"a.txt": b"x"}), "cut": packed(parts)[:-300], "broken": packed(broken)}
    for name, content in cases.items():
        report = ingested(store, settings, tmp_path / name, {"roads.zip": content}, file="roads.zip")
        assert report.state == "refused", name
    assert published.table(store, "routes").empty


def test_parts_of_a_shapefile_are_no_strays_and_have_hashes(store, settings, tmp_path):
    files, name = written("shp", tmp_path / "gis", routes())
    folder = tmp_path / "n"
    report = ingested(store, settings, folder, files, file=name)
    assert report.faults.empty
    (folder / "roads.dbf").write_bytes(files["roads.dbf"] + b" ")
    again = ingest_package(folder, store=store, settings=settings)
    assert again.state == "refused"
    assert json.dumps(again.faults["rule"].tolist()).count("sha256")
