"""Manifests read back as what was written."""

import datetime as dt
import hashlib
import tomllib
from pathlib import Path

import pytest

from sample_data.manifest import files_of, survey_of, write_manifest


def test_manifest_reads_back(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "資料.csv").write_bytes(b"x\n")
    survey = survey_of("s-1", '"剖面" \\ survey', on=dt.date(2024, 3, 2), days=3)
    columns, options = {"高程 左": "elevation_left"}, {"averaged": False, "n": 0.5}
    entry = {"kind": "events", "file": "a/資料.csv", "columns": columns, "options": options}
    camera = {"kind": "downward", "points": [[1, 2.5]]}
    path = write_manifest(tmp_path, survey=survey, data=[entry, entry], camera=camera)
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    assert read["survey"] == survey
    assert read["data"] == [entry, entry]
    assert read["camera"]["points"] == [[1, 2.5]]
    assert read["sha256"] == {"a/資料.csv": hashlib.sha256(b"x\n").hexdigest()}
    assert (survey["ended"] - survey["started"]).days == 2


def test_survey_times_carry_a_zone() -> None:
    assert survey_of("s", "t", on=dt.date(2024, 3, 2))["started"].utcoffset() == dt.timedelta(hours=8)


@pytest.mark.parametrize("hashes", [True, False])
def test_the_manifest_does_not_hash_itself(hashes: bool, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"")
    write_manifest(tmp_path, survey={}, data=[], hashes=hashes)
    path = write_manifest(tmp_path, survey={}, data=[], hashes=hashes)
    assert files_of(tmp_path) == ["b.csv"]
    assert list(tomllib.loads(path.read_text()).get("sha256", {})) == (["b.csv"] if hashes else [])
