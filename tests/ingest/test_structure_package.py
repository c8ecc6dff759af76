"""A deflection survey, radar and cores of one package: what the segment table then says of each cell."""

import shutil

import pytest

from ingest.run import ingest_package
from pavement.measures.deflection import effective_modulus, effective_structural_number
from pavement.measures.radar_layers import core_permittivity, radar_thickness
from pavement.store import segments
from pavement.store.database import open_store
from tests.ingest.builders import package, settings_at
from tests.ingest.deflection_files import f25, f25_drop, f25_station

# what its tests share takes long to make: one process makes it
pytestmark = pytest.mark.xdist_group("structure package")

BUILT = (
    "route,direction,lane,from_m,to_m,layer,kind,material,thickness_mm,placed_on\n"
    "N1,S,,10000,12000,1,asphalt,DGAC,150,2001-05-01\nN1,S,,10000,12000,2,granular_base,crushed stone,300,2001-05-01\n"
)
WORKS = (
    "work,route,direction,lane,from_m,to_m,completed_on,treatment,thickness_mm,material\n"
    "W1,N1,S,2,10300,10500,2024-02-01,overlay,50,SMA\nW2,N1,S,2,10300,10500,2024-06-01,mill_overlay,50,PAC\n"
)
GPR = "route,direction,lane,from_m,to_m,layer,kind,travel_time_ns,permittivity,surveyed_on\n" + "".join(
    f"N1,S,2,{m},{m + 100},1,asphalt,{t},6,2023-11-02\n"
    for m, t in ((10100, 3.0), (10200, 3.2), (10300, 3.4), (10400, 3.0))
)
CORES = "core,route,direction,lane,measure_m,layer,thickness_mm\nC1,N1,S,2,10150,1,190\n"
EPS = float(core_permittivity(3.0, 190.0))
TOTAL = {10150: 190 + 300, 10350: float(radar_thickness(3.4, EPS)) + 50 + 300, 10650: 150 + 300}


@pytest.fixture(scope="module")
def table(served_home, tmp_path_factory):
    """Return the segment table by cell of 2024."""
    tmp_path = tmp_path_factory.mktemp("structure")
    settings = settings_at(shutil.copytree(served_home, tmp_path / "home"))
    drops = [f25_drop(k, pressure=721 + k) for k in (1, 2, 3)]
    text = f25(*[f25_station(m, drops, where=m + 3, warm="0,20.0,21.0,19.0") for m in TOTAL])
    files = {"a.f25": text, "built.csv": BUILT, "works.csv": WORKS, "gpr.csv": GPR, "cores.csv": CORES}
    data = [
        {"kind": "fwd", "file": "a.f25", "options": {"route": "N1", "direction": "S", "lane": "2"}},
        {"kind": "gpr", "file": "gpr.csv"},
        {"kind": "cores", "file": "cores.csv"},
        {"kind": "layers", "file": "built.csv"},
        {"kind": "works", "file": "works.csv"},
    ]
    with open_store(settings.home, url="", crs=settings["crs"]) as served:
        report = ingest_package(package(tmp_path / "p", files, data, id="structure"), store=served, settings=settings)
        assert (report.state, len(report.rejected)) == ("published", 0), report.text()
        frame = segments.segment_table(served)
    return frame[frame["year"] == 2024].set_index("cell")


@pytest.mark.parametrize("measure", list(TOTAL))
def test_deflection_and_layers_meet_in_the_right_cells(table, measure):
    row = table.loc[f"n1-s-2-{measure - 50:06d}"]
    loads = [p * 3.141592653589793 * 0.15**2 for p in (722, 723, 724)]
    at_50 = {d: sum(d * 50 / load for load in loads) / 3 for d in (292.6, 219.8, 154.4, 104.8)}
    d0, d300, d600, d900 = at_50.values()
    assert row["ism"] == pytest.approx(sum(loads) / 3 / 292.6)
    assert row["d0"] == pytest.approx(d0)
    assert row["sci"] == pytest.approx(d0 - d300)
    assert row["bdi"] == pytest.approx(d300 - d600)
    assert row["bci"] == pytest.approx(d600 - d900)
    assert row["d0_corrected"] == pytest.approx(d0)
    inputs = {"load": 50_000, "radius": 150, "thickness": TOTAL[measure], "centre": d0 / 1000}
    found = [effective_modulus(outer=d / 1000, distance=r, **inputs) for r, d in ((600, d600), (900, d900))]
    moduli = next(f for f in [*found] if f.far_enough)
    assert row["subgrade_modulus"] == pytest.approx(float(moduli.subgrade))
    assert row["pavement_modulus"] == pytest.approx(float(moduli.pavement))
    number = effective_structural_number(thickness=TOTAL[measure], modulus=moduli.pavement)
    assert row["sn_effective"] == pytest.approx(float(number))


def test_radar_with_cores_stands_for_the_asphalt_and_records_for_the_base(table):
    assert table.loc["n1-s-2-010100", "asphalt_mm"] == pytest.approx(190)
    assert table.loc["n1-s-2-010200", "asphalt_mm"] == pytest.approx(float(radar_thickness(3.2, EPS)))
    # by the end of 2024 an overlay of 50 mm and an inlay have been laid
    assert table.loc["n1-s-2-010300", "asphalt_mm"] == pytest.approx(float(radar_thickness(3.4, EPS)) + 50)
    assert table.loc["n1-s-2-010600", "asphalt_mm"] == table.loc["n1-s-1-010100", "asphalt_mm"] == 150
    assert (table.loc[["n1-s-2-010100", "n1-s-2-010600"], "base_mm"] == 300).all()
    assert table.loc["n1-s-2-010100", "sn"] == pytest.approx((190 * 0.44 + 300 * 0.14) / 25.4)


def test_cells_without_a_drop_have_no_deflection(table):
    assert table.loc["n1-s-2-010200", ["ism", "d0", "sn_effective", "subgrade_modulus"]].isna().all()
    assert table.loc[table.index.str.startswith("n1-n"), "sn_effective"].isna().all()
