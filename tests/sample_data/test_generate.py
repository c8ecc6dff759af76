"""The sample as a whole: its packages, what they leave out, and that they come out the same."""

import io
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pandas as pd
import pytest

from pavement.errors import Cancelled, SettingsError
from pavement.schema import check
from sample_data.bundle import FOLDER, NAMES, SEED, renamed
from sample_data.generate import generate
from sample_data.manifest import files_of, sha256
from sample_data.zips import zipped

PACKAGES = [
    "00-network", "01-records", "02-layers", "03-traffic", "04-weather", "05-fwd", "06-2021-performance",
    "10-2022-profile", "11-2023-profile", "12-2024-profile", "13-2025-profile", "30-2023-frames", "31-2025-frames",
]  # fmt: skip


def test_packages_stand_in_order(small: Path) -> None:
    assert sorted(p.name for p in small.iterdir()) == [*PACKAGES, "truth"]


@pytest.mark.parametrize("name", PACKAGES)
def test_manifest_hashes_every_file(name: str, small: Path) -> None:
    folder = small / name
    given = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))["sha256"]
    assert given == {file: sha256(folder / file) for file in files_of(folder)}


def test_no_package_holds_the_truth(small: Path) -> None:
    """Neither the numbers of the true state nor the outlines of what was drawn."""
    truth = pd.read_parquet(small / "truth" / "states.parquet")
    events = pd.read_csv(small / "12-2024-profile" / "events.csv").query("kind == 'crack_percent' and value > 0")
    true = truth.loc[truth["year"] == 2024, "crack_percent"].round(2)
    assert events["value"].isin(true).mean() < 0.1
    assert {p.suffix for name in PACKAGES for p in (small / name).rglob("*") if p.is_file()} == {
        ".csv", ".geojson", ".jpg", ".parquet", ".toml", ".xlsx",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "table"),
    [
        ("00-network/lanes.csv", "lanes"),
        ("00-network/calibration.csv", "calibration"),
        ("02-layers/layers.csv", "layers"),
        ("03-traffic/traffic.csv", "traffic"),
        ("04-weather/weather.csv", "weather"),
        ("04-weather/stations.csv", "stations"),
        ("05-fwd/fwd.csv", "fwd"),
        ("10-2022-profile/events.csv", "events"),
        ("30-2023-frames/positions.csv", "frames"),
    ],
)
def test_sheets_fit_their_schema(file: str, table: str, small: Path) -> None:
    """The trace mark T of rain is the reader's to turn into 0.05 before the check."""
    frame = pd.read_csv(small / file, dtype=str, keep_default_na=False).replace("T", "0.05")
    good, faults = check(frame, table, file=file)
    assert faults.empty, faults.head().to_string()
    assert len(good) == len(frame) > 0


def test_records_speak_the_agency_language(small: Path) -> None:
    works = pd.read_csv(small / "01-records" / "works.csv", dtype=str)
    assert works["國道別"].unique().tolist() == ["國道99號"]
    assert works["起點里程"].str.fullmatch(r"\d+k\+\d{3}").all()
    assert works["完工日期"].str.fullmatch(r"\d{2,3}/\d\d/\d\d").all()
    truth = pd.read_parquet(small / "truth" / "works.parquet")
    assert len(works) == truth["recorded"].sum()


def test_photos_in_the_records_are_there(small: Path) -> None:
    page = openpyxl.load_workbook(small / "01-records" / "distress.xlsx").active
    rows = list(page.iter_rows(values_only=True))
    at = rows[0].index("損壞照片")
    named = [row[at] for row in rows[1:] if row[at]]
    assert named
    assert all(cv2.imread(str(small / "01-records" / name)).shape == (240, 320, 3) for name in named)


def test_two_surveys_see_the_same_places_and_more_cracks(small: Path) -> None:
    first, second = (pd.read_csv(small / f"{n}-frames" / "positions.csv") for n in ("30-2023", "31-2025"))
    assert first["measure_m"].tolist() == second["measure_m"].tolist()
    length = [pd.read_parquet(small / "truth" / f"frames-{y}.parquet")["crack_length_m"] for y in (2023, 2025)]
    assert (length[1] >= length[0] - 1e-6).all()
    assert length[1].sum() > length[0].sum()


def test_frames_are_of_the_cameras_size(small: Path) -> None:
    camera = tomllib.loads((small / "31-2025-frames" / "manifest.toml").read_text(encoding="utf-8"))["camera"]
    for path in (small / "31-2025-frames" / "frames").glob("*.jpg"):
        assert cv2.imread(str(path)).shape[:2] == (camera["height"], camera["width"])


def test_outlines_in_the_truth_lie_where_the_frame_is_dark(small: Path) -> None:
    findings = pd.read_parquet(small / "truth" / "findings-2025.parquet").query("kind == 'crack' and width_mm > 3")
    files = pd.read_parquet(small / "truth" / "frames-2025.parquet").set_index("frame")["file"]
    depth = []
    for frame, group in findings.groupby("frame"):
        grey = cv2.imread(str(small / "31-2025-frames" / files[frame]), cv2.IMREAD_GRAYSCALE).astype(float)
        points = np.concatenate([np.array(json.loads(p)) for p in group["points"]])
        inside = ((points >= 20) & (points < [1780, 980])).all(axis=1)
        column, row = points[inside].astype(int).T
        depth.append(np.median(grey) - np.median(grey[row, column]))
    assert min(depth) > 20


def test_unknown_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="huge"):
        generate(tmp_path, seed=1, size="huge")


def test_progress_may_stop_it(tmp_path: Path) -> None:
    def stop(done: int, total: int, label: str) -> None:
        if done == 2:
            raise Cancelled(label)

    with pytest.raises(Cancelled, match="02-layers"):
        generate(tmp_path, seed=1, size="small", progress=stop)
    assert not (tmp_path / "02-layers").exists()


def test_command_line_needs_a_folder() -> None:
    done = subprocess.run([sys.executable, "-m", "sample_data"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "out" in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_kept_zips_are_what_the_generator_makes(name: str, small: Path, tmp_path: Path) -> None:
    """Byte for byte; where another version of a library writes other bytes, what they say must be the same."""
    assert SEED == 20260101
    fresh = zipped(renamed(shutil.copytree(small / name, tmp_path / name)), tmp_path / "fresh.zip")
    kept = FOLDER / f"{name}.zip"
    if fresh.read_bytes() == kept.read_bytes():
        return
    with zipfile.ZipFile(fresh) as a, zipfile.ZipFile(kept) as b:
        assert a.namelist() == b.namelist()
        for entry in a.namelist():
            assert_says_the_same(entry, a.read(entry), b.read(entry))


def assert_says_the_same(name: str, fresh: bytes, kept: bytes) -> None:
    """Compare two files by what they say."""
    if name.endswith(".jpg"):
        one, other = (cv2.imdecode(np.frombuffer(c, np.uint8), cv2.IMREAD_COLOR).astype(float) for c in (fresh, kept))
        assert np.abs(one - other).mean() < 1.5, name
    elif name.endswith(".parquet"):
        pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(fresh)), pd.read_parquet(io.BytesIO(kept)))
    elif name.endswith(".xlsx"):
        pages = [openpyxl.load_workbook(io.BytesIO(c)).active for c in (fresh, kept)]
        assert list(pages[0].values) == list(pages[1].values), name
    elif name == "manifest.toml":
        texts = [tomllib.loads(c.decode()) for c in (fresh, kept)]
        assert [t.pop("sha256").keys() for t in texts][0] == tomllib.loads(kept.decode())["sha256"].keys()
        assert texts[0] == texts[1]
    else:
        assert fresh == kept, name


def test_kept_zips_are_small() -> None:
    assert sum((FOLDER / f"{n}.zip").stat().st_size for n in NAMES) < 3_000_000
