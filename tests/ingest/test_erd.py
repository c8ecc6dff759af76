"""ERD files: header and numbers, text and binary, units, and what is refused."""

import json

import numpy as np
import pytest

from ingest.readers.erd import erd_profile
from ingest.run import ingest_package
from pavement.errors import SurveyError, UnitError
from pavement.measures.iri import rectified_slope
from pavement.store import published
from tests.ingest.builders import package
from tests.ingest.profile_files import erd

PLACE = {"route": "N1", "direction": "S", "lane": "1", "start": "10k+000"}
ROAD = np.random.default_rng(5).normal(0, 1.0, 1200).cumsum()


def read(content, **options):
    return erd_profile(content, binary=options.pop("binary", None), name="p.erd", **options)


def ingested(store, settings, folder, files, *, options=None, **entry):
    data = [{"kind": "longitudinal_profile", "file": "p.erd", "options": options or PLACE, **entry}]
    return ingest_package(package(folder, files, data), store=store, settings=settings)


@pytest.mark.real
def test_vector_of_two_tracks(shared, served, settings, tmp_path):
    folder = shared / "data/vectors/formats"
    expected = json.loads((folder / "sample_two_track_expected.json").read_text())
    content = (folder / "sample_two_track.erd").read_bytes()
    found = read(content)
    assert (found.header.channels, len(found.numbers)) == (expected["n_channels"], expected["n_samples"])
    assert list(found.header.units) == expected["channel_units"]
    for at, side in enumerate(("left", "right")):
        slope = rectified_slope(found.numbers[:, at] / 1000, spacing=found.spacing())
        assert slope.mean() == pytest.approx(expected[f"iri_{side}_mm_per_m"], rel=1e-4)
    report = ingested(served, settings, tmp_path / "p", {"p.erd": content})
    assert report.state == "published"
    assert report.counts["longitudinal_profile"] == 801
    # the right track is the left one turned over: the same roughness, and none left of their average
    values = published.table(served, "cell_values").pivot_table(index="cell", columns="kind", values="value")
    assert values.loc["n1-s-1-010100", "iri"] == pytest.approx(0.9114477595662811, rel=2e-3)
    np.testing.assert_allclose(values["iri_left"], values["iri_right"], rtol=1e-6)
    np.testing.assert_allclose(values["hri"], 0, atol=1e-9)


def test_text_names_units_and_a_title_that_goes_on():
    found = read(erd({"LElev.": ROAD, "RElev.": -ROAD}, lines=["TITLE   ", "&1000    and on"]))
    assert found.header.names == ("LElev.", "RElev.")
    assert found.header.units == ("mm", "mm")
    assert found.spacing() == 0.25
    np.testing.assert_allclose(found.numbers[:, 1], -ROAD, atol=1e-6)
    # the first number stands behind eight lines of header and END
    assert found.rows[0] == 10


@pytest.mark.parametrize("order", ["little", "big"])
def test_binary_numbers_stand_in_a_file_of_their_own(order):
    table = np.column_stack([ROAD, -ROAD]).astype("<f4" if order == "little" else ">f4")
    found = read(erd({"L": ROAD, "R": ROAD}, coding=1), binary=table.tobytes(), byte_order=order)
    np.testing.assert_allclose(found.numbers[:, 0], ROAD, rtol=1e-6)
    other = "big" if order == "little" else "little"
    with pytest.raises(SurveyError, match="no heights"):
        read(erd({"L": ROAD, "R": ROAD}, coding=1), binary=table.tobytes(), byte_order=other)


def test_binary_package_gives_the_same_roughness_as_text(served, settings, tmp_path):
    table = np.column_stack([ROAD, ROAD]).astype("<f4")
    files = {"p.erd": erd({"Left": ROAD, "Right": ROAD}, coding=1), "p.bin": table.tobytes()}
    report = ingested(served, settings, tmp_path / "b", files, binary="p.bin")
    assert report.state == "published", report.text()
    binary = published.table(served, "events").set_index(["kind", "from_m"])["value"]
    text = {"p.erd": erd({"Left": ROAD, "Right": ROAD})}
    assert ingested(served, settings, tmp_path / "t", text).state == "published"
    again = published.table(served, "events").set_index(["kind", "from_m"])["value"]
    np.testing.assert_allclose(again.sort_index(), binary.sort_index(), rtol=1e-4)


def test_feet_and_inches_are_never_taken_for_metres(served, settings, tmp_path):
    inches, feet = ROAD / 25.4, 0.25 / 0.3048
    content = erd({"LElev.": inches, "RElev.": inches}, step=feet, unit="in", x_unit="ft")
    assert ingested(served, settings, tmp_path / "i", {"p.erd": content}).state == "published"
    profile = published.table(served, "longitudinal_profile")
    assert profile["measure_m"].iloc[-1] == pytest.approx(10_000 + 1199 * 0.25, abs=0.01)
    np.testing.assert_allclose(profile["elevation_left"], ROAD / 1000, atol=1e-6)


def test_a_drive_against_the_measure_begins_at_its_start(served, settings, tmp_path):
    options = PLACE | {"direction": "N", "start": "12k+000"}
    assert ingested(served, settings, tmp_path / "n", {"p.erd": erd({"L": ROAD, "R": ROAD})}, options=options,
                    columns={"L": "elevation_left", "R": "elevation_right"}).state == "published"  # fmt: skip
    profile = published.table(served, "longitudinal_profile")
    assert profile["measure_m"].max() == 12_000
    assert profile.set_index("measure_m")["elevation_left"][12_000 - 0.25] == pytest.approx(ROAD[1] / 1000, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"options": {k: v for k, v in PLACE.items() if k != "start"}}, "not where it began"),
        ({"options": PLACE | {"route": "N99"}}, "N99"),
        ({"options": PLACE | {"format": "table"}}, "is said to be table"),
        ({"options": PLACE | {"format": "las"}}, "'las' is not known"),
        ({"units": {"elevation_left": "in"}}, "the file says mm, the manifest says in"),
        ({"units": {"measure_m": "ft"}}, "the file says m, the manifest says ft"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_cure(change, words, served, settings, tmp_path):
    entry = {k: v for k, v in change.items() if k != "options"}
    content = erd({"LElev.": ROAD, "RElev.": ROAD})
    report = ingested(served, settings, tmp_path / "p", {"p.erd": content}, options=change.get("options"), **entry)
    assert report.state != "published"
    assert words in report.faults["message"].iloc[0]
    assert report.faults["cure"].iloc[0]


@pytest.mark.parametrize(
    ("name", "content", "cure"),
    [
        ("p.ppf", b"\x00\x01PPF", "Export it to ERD from ProVAL"),
        ("p.xml", b"<LcmsAnalyserResults/>", 'kind = "lcms"'),
        ("p.erd", b"a,b\n1,2\n", "begins with ERDFILEV"),
    ],
)
def test_other_formats_are_named_with_their_cure(name, content, cure, served, settings, tmp_path):
    data = [{"kind": "longitudinal_profile", "file": name, "options": PLACE}]
    report = ingest_package(package(tmp_path / "p", {name: content}, data), store=served, settings=settings)
    assert cure in report.faults["cure"].iloc[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"ERDFILEV2.00\n", "without END"),
        (b"ERDFILEV2.00\nEND\n", "no second line"),
        (b"ERDFILEV2.00\n1,2,3\nEND\n", "the second line"),
        (b"ERDFILEV2.00\n2, 5, -1, 1, 5, 0, -1\nEND\n1 2\n", "every 0"),
        (b"ERDFILEV2.00\n2, 5, -1, 1, 7, 0.25, -1\nEND\n1 2\n", "KEYNUM"),
        (b"ERDFILEV2.00\n2, 5, -1, 1, 1, 0.25, -1\nEND\n", "file of their own"),
        (b"ERDFILEV2.00\n2, 5, -1, 1, 5, 0.25, -1\nEND\n", "cannot be read"),
    ],
)
def test_a_broken_header_says_what_is_missing(content, words):
    with pytest.raises(SurveyError, match=words):
        read(content)


def test_bad_rows_are_missing_and_a_short_file_is_said():
    content = erd({"L": ROAD[:50], "R": ROAD[:50]}, samples=60).replace(
        f"{ROAD[20]:.6f} {ROAD[20]:.6f}".encode(), b"1.0 oops"
    )
    found = read(content)
    assert np.isnan(found.numbers[20]).all()
    assert np.isfinite(np.delete(found.numbers, 20, axis=0)).all()
    assert [f.rule for f in found.faults] == ["fields", "samples"]
    assert found.faults[0].row == found.rows[20]


@pytest.mark.parametrize("comma", [True, False])
def test_commas_are_decimal_or_between_numbers(comma):
    text = erd({"L": ROAD[:30], "R": -ROAD[:30]}).decode()
    head, body = text.split("END\n")
    body = body.replace(".", ",") if comma else body.replace(" ", ", ")
    found = read((head + "END\n" + body).encode())
    np.testing.assert_allclose(found.numbers[:, 0], ROAD[:30], atol=1e-6)


def test_no_unit_is_guessed():
    with pytest.raises(UnitError, match="is not written"):
        read(erd({"L": ROAD}, x_unit="")).spacing()
    assert read(erd({"L": ROAD}, x_unit="")).spacing(unit="ft") == pytest.approx(0.25 * 0.3048)


def test_p2_a_blank_line_among_samples_is_a_lost_sample_and_those_behind_it_stay_where_they_are():
    """P2: skipping it would move every later sample one step towards the start."""
    whole = erd({"LElev.": np.arange(6.0), "RElev.": np.arange(6.0)})
    lines = whole.decode().splitlines()
    start = lines.index("END") + 1
    lines[start + 2] = ""
    content = "\n".join([*lines[:start], "", *lines[start:], "", "", ""]).encode()
    found = read(content)
    np.testing.assert_array_equal(found.numbers[:, 0], [0, 1, np.nan, 3, 4, 5])
    assert found.rows.tolist() == list(range(start + 2, start + 8))
    assert [(f.rule, f.row) for f in found.faults] == [("fields", start + 4)]
    assert "rows without 2 numbers: 1; the first is row" in found.faults[0].message
