"""A manifest is checked as a whole, and every fault is told at once."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.manifest import read_manifest
from pavement.errors import ManifestError
from sample_data.manifest import write_manifest
from tests.ingest.builders import SURVEY


def manifest(folder, **changes):
    survey = SURVEY | changes.pop("survey", {})
    data = changes.pop("data", [{"kind": "works", "file": "works.csv", "units": {"thickness_mm": "cm"}}])
    return write_manifest(folder, survey=survey, data=data, hashes=False, **changes).read_bytes()


def test_reads_who_when_where_and_what(tmp_path):
    found = read_manifest(manifest(tmp_path, camera={"kind": "downward", "mm_per_pixel": 2.0}))
    assert (found.survey, found.vehicle, found.crs) == ("survey", "VAN-01", "EPSG:3826")
    assert found.data[0].files == {"file": "works.csv"}
    assert found.data[0].units == {"thickness_mm": "cm"}
    assert found.camera["mm_per_pixel"] == 2.0


def test_every_fault_is_told_at_once(tmp_path):
    data = [
        {"kind": "works"},
        {"kind": "potholes", "file": "x"},
        {"kind": "fwd", "file": "../x", "units": {"d0": "furlong"}},
    ]
    content = (
        manifest(tmp_path, survey={"crs": "TWD97", "operator": "", "id": "a b"}, data=data) + b"\n[extra]\na = 1\n"
    )
    with pytest.raises(ManifestError) as caught:
        read_manifest(content)
    columns = set(caught.value.faults["column"])
    survey = {"survey.crs", "survey.operator", "survey.id"}
    assert columns == {"extra", *survey, "data[1].file", "data[2].kind", "data[3].file", "data[3].units"}


@pytest.mark.parametrize(
    ("survey", "words"),
    [
        (
            {"started": dt.datetime(2100, 1, 1, tzinfo=dt.UTC), "ended": dt.datetime(2100, 1, 2, tzinfo=dt.UTC)},
            "future",
        ),
        ({"ended": dt.datetime(2024, 1, 1, tzinfo=dt.UTC)}, "before it started"),
        ({"started": dt.datetime(2024, 1, 1)}, "zone"),  # noqa: DTZ001
        ({"started": dt.datetime(1900, 1, 1, tzinfo=dt.UTC)}, "1950"),
        ({"crs": "EPSG:1"}, "CRS"),
        ({"timezone": "Mars/Base"}, "time zone"),
    ],
)
def test_d3_g1_dates_and_crs_that_cannot_be(survey, words, tmp_path):
    with pytest.raises(ManifestError, match=words):
        read_manifest(manifest(tmp_path, survey=survey))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_manifest_error(content):
    with pytest.raises(ManifestError):
        read_manifest(content)


@given(
    st.dictionaries(
        st.sampled_from(["format", "survey", "data", "camera", "sha256"]),
        st.sampled_from(["1", "[1]", '"x"', "{a=1}", "[[1]]", "[{kind='fwd'}]", "true"]),
    )
)
def test_any_shape_gives_a_manifest_error(tables):
    content = "\n".join(f"{k} = {v}" for k, v in tables.items())
    with pytest.raises(ManifestError):
        read_manifest(content.encode())
