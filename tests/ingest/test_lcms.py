"""LCMS results: sections on their lane, what they tell, what they do not, and what is refused."""

import gzip
import json

import numpy as np
import pytest

from ingest.formats import limit
from ingest.imagery.frames import decode, encode_jpeg
from ingest.readers.lcms_sections import number, sections
from ingest.run import ingest_package
from ingest.xml_files import xml_root
from pavement.errors import PackageError, SurveyError
from pavement.store import objects, published
from tests.ingest.builders import package
from tests.ingest.profile_files import results, section

PLACE = {"route": "N1", "direction": "S", "lane": "1", "start": "10k+000"}
# a crack along the left wheel path, 6 mm wide up to its middle and 2 mm beyond
ALONG = [(900, 1000, 6), (900, 2000, 2), (900, 3000, 0)]
ACROSS = [(0, 5000, 3), (3500, 5000, 0)]
RUTS = [("Left", 2.5, 850, 8), ("Right", 2.5, 800, 12), ("Left", 7.5, 900, 10), ("Right", 7.5, -1, -1)]


def ingested(store, settings, folder, files, *, options=None, pattern="*.xml", **entry):
    data = [{"kind": "lcms", "files": pattern, "options": options or PLACE, **entry}]
    return ingest_package(package(folder, files, data), store=store, settings=settings)


def told(store):
    """Return the mean value of each kind over its events."""
    return published.table(store, "events").groupby("kind")["value"].mean()


@pytest.fixture(scope="module")
def vector(shared):
    return (shared / "data/vectors/formats/LcmsResult_000123.xml").read_bytes()


@pytest.mark.real
@pytest.mark.parametrize("packed", [False, True])
def test_vector_of_a_section(packed, vector, shared, served, settings, tmp_path):
    expected = json.loads((shared / "data/vectors/formats/LcmsResult_expected.json").read_text())
    name = "r.acdx" if packed else "r.xml"
    options = PLACE | {"start": "10k+220", "start_distance_m": expected["begin_m"]}
    files = {name: gzip.compress(vector) if packed else vector}
    report = ingested(served, settings, tmp_path / "l", files, options=options, pattern=name)
    assert report.state == "published", report.text()
    frame = published.table(served, "frames").iloc[0]
    assert (frame["measure_m"], frame["length_m"]) == (10_220, expected["end_m"] - expected["begin_m"])
    found = published.table(served, "findings")
    cracks = found[found["kind"] == "crack"]
    assert (len(cracks), cracks["length_m"].sum()) == (expected["cracks"], expected["crack_total_length_m"])
    assert cracks["type"].tolist() == ["longitudinal", "transverse"]
    assert cracks["zone"].iloc[0] == "wheel_path_left"
    assert (found["kind"] == "pothole").sum() == expected["potholes"]
    ruts = published.table(served, "wheel_path_ruts").groupby("side")["rut_mm"].agg(["mean", "size"])
    assert ruts.loc["left"].tolist() == [expected["left_rut_mean_mm"], 2]
    assert ruts.loc["right"].tolist() == [expected["right_rut_mean_mm"], expected["right_rut_valid_count"]]
    assert told(served)[["iri_left", "iri_right"]].tolist() == expected["iri"]


def test_widths_of_a_node_are_those_of_the_piece_behind_it(served, settings, tmp_path):
    files = {"a_1.xml": results(section(0, number=1, cracks=[ALONG, ACROSS]))}
    assert ingested(served, settings, tmp_path / "l", files).state == "published"
    found = published.table(served, "findings").set_index("type")
    assert found.loc["longitudinal", ["length_m", "width_mm", "width_max_mm"]].tolist() == [2.0, 4.0, 6.0]
    values = told(served)
    # 35 m2 of lane with 2 m along and 3.5 m across it
    assert values["crack_longitudinal"] == pytest.approx(2 / 35)
    assert values["crack_transverse"] == pytest.approx(3.5 / 35)
    assert values["crack_width"] == pytest.approx((2 * 4 + 3.5 * 3) / 5.5)
    assert values["transverse_complete"] == 1
    zones = published.table(served, "crack_zones").set_index(["zone", "type"])["length_m"]
    assert zones.to_dict() == {("lane", "transverse"): 3.5, ("wheel_path_left", "longitudinal"): 2.0}


def test_a_crack_over_the_border_of_two_sections_is_one(served, settings, tmp_path):
    """Each half is shorter than what is counted; together they cross 60 % of the lane."""
    first, second = [(0, 9990, 3), (1100, 9999, 3)], [(1105, 5, 3), (2100, 20, 0)]
    files = {
        f"a_{k}.xml": results(section(10 * k, number=k, cracks=[crack])) for k, crack in enumerate((first, second))
    }
    assert ingested(served, settings, tmp_path / "l", files).state == "published"
    events = published.table(served, "events")
    assert events.loc[events["kind"] == "transverse_incomplete", "value"].sum() == 1


@pytest.mark.parametrize(("direction", "start", "low"), [("S", "10k+040", 10_040), ("N", "11k+960", 11_950)])
def test_sections_lie_where_the_distance_puts_them(direction, start, low, served, settings, tmp_path):
    place = PLACE | {"direction": direction, "start": start, "start_distance_m": 500}
    files = {"a_3.xml": results(section(500, number=3, cracks=[ALONG], rough=[(875, 1.5), (2625, 2.5)]))}
    assert ingested(served, settings, tmp_path / "l", files, options=place).state == "published"
    events = published.table(served, "events")
    assert (events["from_m"].min(), events["to_m"].max()) == (low, low + 10)
    assert told(served)[["iri", "iri_left", "iri_right"]].tolist() == [2.0, 1.5, 2.5]


@pytest.mark.parametrize("factor", [1, 1000])
@pytest.mark.parametrize("begin", [0, 40])
@pytest.mark.parametrize("from_start", [True, False])
def test_positions_of_ruts_in_any_unit(factor, begin, from_start, served, settings, tmp_path):
    ruts = [(side, (at + (0 if from_start else begin)) * factor, w, d) for side, at, w, d in RUTS]
    files = {"a_4.xml": results(section(begin, number=4, ruts=ruts))}
    options = PLACE | {"start_m": 10_000, "rut_method": "straightedge", "rut_length": 2.0}
    options.pop("start")
    assert ingested(served, settings, tmp_path / "l", files, options=options).state == "published"
    found = published.table(served, "wheel_path_ruts").sort_values(["side", "from_m"])
    assert found["from_m"].tolist() == [10_000 + begin, 10_005 + begin, 10_000 + begin]
    assert found["rut_mm"].tolist() == [8, 10, 12]
    assert set(found["method"]) == {"straightedge 2 m"}
    events = published.table(served, "events").set_index(["kind", "from_m"])["value"]
    # of the second place one wheel path is known: no mean there, the deepest stands
    assert events["rut"].tolist() == [10]
    assert events["rut_max"].tolist() == [12, 10]


def test_positions_outside_their_section_are_no_ruts(served, settings, tmp_path):
    files = {"a_4.xml": results(section(40, number=4, ruts=[("Left", 999_999, 850, 8)], cracks=[ALONG]))}
    report = ingested(served, settings, tmp_path / "l", files)
    assert report.faults["rule"].tolist() == ["no rut"]
    assert "crack_length" in told(served)


def test_what_was_not_looked_for_is_not_known(served, settings, tmp_path):
    more = "<PatchDetectionInformation><PatchData/></PatchDetectionInformation>"
    files = {"a_1.xml": results(section(0, number=1, has_cracks=False, more=more))}
    assert ingested(served, settings, tmp_path / "l", files).state == "published"
    assert set(told(served).index) == {"patch_area", "patch_count"}
    assert published.table(served, "crack_zones").empty


def test_potholes_patches_joints_ravelling_and_texture(served, settings, tmp_path):
    def box(low, high):
        return f"<BoundingBox><MinX>1000</MinX><MaxX>1500</MaxX><MinY>{low}</MinY><MaxY>{high}</MaxY></BoundingBox>"

    more = (
        "<PotholesInformation><Pothole><MaximumDepth>60</MaximumDepth><AverageDepth>20</AverageDepth><Area>2000</Area>"
        f"{box(2000, 2500)}</Pothole><Unit><Area>cm^2</Area></Unit></PotholesInformation>"
        "<PatchDetectionInformation><PatchData><Area>0.5</Area>"
        f"{box(6000, 7000)}</PatchData></PatchDetectionInformation>"
        "<ConcreteJointInformation><JointList><Joint><X1>0</X1><Y1>4000</Y1><X2>3500</X2><Y2>4000</Y2>"
        "<FaultMeasurements>2.0 -4.0 -10000</FaultMeasurements><WidthMeasurements>8 10</WidthMeasurements></Joint>"
        "</JointList></ConcreteJointInformation>"
        "<RavelingInformation><AffectedPercentage>12,5</AffectedPercentage></RavelingInformation>"
        "<MacroTextureInformation><Band><MPD>0.8</MPD></Band><Band><MPD>1.2</MPD></Band></MacroTextureInformation>"
    )
    assert ingested(served, settings, tmp_path / "l", {"a_1.xml": results(section(0, number=1, more=more))}).state
    values = told(served)
    assert values["pothole_area"] == pytest.approx(0.2)
    assert values[["pothole_count", "pothole_depth"]].tolist() == [1, 60]
    assert values["pothole_volume"] == pytest.approx(0.2 * 0.020)
    assert values["patch_area"] == pytest.approx(0.5)
    assert values["faulting"] == pytest.approx(3.0)
    assert values["ravelling_percent"] == 12.5
    assert values["mpd"] == pytest.approx(1.0)
    found = published.table(served, "findings").set_index("kind")
    assert set(found.index) == {"pothole", "patch", "joint"}
    assert found.loc["joint", ["length_m", "width_mm"]].tolist() == [3.5, 9.0]
    assert found["finding"].is_unique


def test_image_of_a_section_carries_its_cracks_flipped(served, settings, tmp_path):
    """A pixel is 10 mm; rows run down, so that 1 m ahead of the lower edge of 10 m lies in row 900."""
    picture = encode_jpeg(np.full((1000, 350, 3), 90, np.uint8), quality=90)
    files = {
        "x_000001.xml": results(section(0, number=1, cracks=[ALONG])),
        "img/LcmsResult_Rng_000001.jpg": picture,
        "img/LcmsResult_Int_000001.jpg": picture,
        "img/LcmsResult_Int_000009.jpg": picture,
    }
    report = ingested(served, settings, tmp_path / "l", files, images="img/*.jpg")
    assert sorted(report.faults["rule"]) == ["section image", "section image"]
    frame = published.table(served, "frames").iloc[0]
    assert objects.read(served, frame["image"])[:3] == b"\xff\xd8\xff"
    assert frame["view_mm"] == 10.0
    (crack,) = published.table(served, "findings").to_dict("records")
    assert json.loads(crack["outline"])[0][0] == [90, 900]
    drawn = decode(objects.read(served, frame["overlay"]), name="overlay").astype(int)
    # the crack of 2 m along stands out of the grey, and nothing else does
    apart = np.abs(drawn - 90).max(axis=2) > 40
    assert apart[705:895, 88:93].any(axis=1).all()
    assert not apart[:, 120:].any()


def test_an_image_that_does_not_fit_its_section_is_shown_without_outlines(served, settings, tmp_path):
    picture = encode_jpeg(np.full((700, 350, 3), 90, np.uint8), quality=90)
    files = {"x_1.xml": results(section(0, number=1, cracks=[ALONG])), "img/i_1.jpg": picture, "img/bad_2.jpg": b"x"}
    report = ingested(served, settings, tmp_path / "l", files, images="img/*.jpg")
    assert "shows 7.00 m of a section of 10.00 m" in " ".join(report.faults["message"])
    assert published.table(served, "findings")["outline"].tolist() == ["[]"]
    frame = published.table(served, "frames").iloc[0]
    assert frame["image"]
    assert not frame["overlay"]


def test_combined_files_and_decimal_commas(served, settings, tmp_path):
    parts = [section(10.0 * k, number=k, rough=[(875, 1.0 + k), (2625, 1.0 + k)]) for k in range(3)]
    content = results(*parts, combined=True).replace(b"10.0</Geo", b"10,0</Geo").replace(b"1.0</IRI>", b"1,0</IRI>")
    assert ingested(served, settings, tmp_path / "l", {"all.xml": content}).state == "published"
    events = published.table(served, "events")
    iri = events[events["kind"] == "iri"].sort_values("from_m")
    assert iri["value"].tolist() == [1, 2, 3]
    assert iri["from_m"].tolist() == [10_000, 10_010, 10_020]


def test_inches_a_mile_are_asked_for(served, settings, tmp_path):
    files = {"a_1.xml": results(section(0, number=1, rough=[(875, 95.04), (2625, 95.04)]))}
    report = ingested(served, settings, tmp_path / "i", files)
    assert "looks like in/mi" in report.faults["message"].iloc[0]
    assert ingested(served, settings, tmp_path / "j", files, units={"iri": "in/mi"}).state == "published"
    assert told(served)["iri"] == pytest.approx(1.5)


def test_a_bad_file_or_a_section_off_the_lane_is_left_out_and_the_rest_goes_on(served, settings, tmp_path):
    files = {
        "a_1.xml": results(section(0, number=1, cracks=[ALONG])),
        "a_2.xml": b"<LcmsAnalyserResults><RoadSectionInfo>",
        "a_3.xml": results(section(5000, number=3)),
        "a_4.xml": results(section(0, number=4)),
        "a_5.xml": b"<LcmsAnalyserResults/>",
    }
    report = ingested(served, settings, tmp_path / "l", files)
    assert report.state == "published"
    assert sorted(report.faults["rule"]) == ["SurveyError", "SurveyError", "beyond the route", "duplicate"]
    assert report.counts["frames"] == 1


BOMB = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    "content",
    [BOMB, b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', gzip.compress(BOMB)],
    ids=["bomb", "dtd", "packed"],
)
def test_t13_entities_and_document_types_are_refused(content, tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    with pytest.raises(PackageError, match="document type or entities"):
        xml_root(path, name="a.xml", limit=1 << 20)


@pytest.mark.parametrize("packed", [False, True])
def test_t13_large_files_are_refused_before_they_are_parsed(packed, tmp_path):
    path = tmp_path / "a.xml"
    content = b"<a>" + b" " * (1 << 16) + b"</a>"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(PackageError, match="larger than"):
        xml_root(path, name="a.xml", limit=1 << 12)
    assert xml_root(path, name="a.xml", limit=1 << 20).tag == "a"
    assert limit("xml_size") == 64 * 2**20


def test_a_cut_gzip_is_refused(tmp_path):
    path = tmp_path / "a.acdx"
    path.write_bytes(gzip.compress(results(section(0, number=1)))[:-20])
    with pytest.raises(SurveyError):
        xml_root(path, name="a.acdx", limit=1 << 20)


def test_numbers_with_thousands_are_listed_not_guessed():
    unread = []
    assert number("1,5", unread) == 1.5
    assert number(" -2.5e1 ", unread) == -25
    assert np.isnan(number("1.234,5", unread))
    assert unread == ["1.234,5"]


def test_a_section_needs_its_place(tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(results(section(10, number=1, length=-10)))
    with pytest.raises(SurveyError, match="has no place"):
        sections(xml_root(path, name="a.xml", limit=1 << 20), name="a.xml")
