"""Broken packages are small, stay where they are told to, and are broken in the way they say."""

import hashlib
import tomllib
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from ingest.run import ingest_package
from pavement.settings import load_settings
from pavement.store.database import open_store
from sample_data.__main__ import broken
from sample_data.faulty import FAULTS, KNOWN
from sample_data.faulty.register import changed, package, sheet

WANTED = {
    "F": (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12),
    "I": (1, 3, 4, 5, 10, 11),
    "T": (1, 2, 3, 4, 5, 8, 9, 15),
    "G": (1, 2, 3, 6),
    "D": (1, 3, 4),
}


def test_every_wanted_fault_has_a_package() -> None:
    assert {f"{group}{n}" for group, numbers in WANTED.items() for n in numbers} <= {k.fault for k in KNOWN.values()}
    assert [n for n, make in FAULTS.items() if not (make.__doc__ or "").startswith(f"{KNOWN[n].fault}: ")] == []


@pytest.mark.parametrize("name", sorted(FAULTS), ids=lambda n: f"{KNOWN[n].fault}-{n}")
def test_package_is_small_and_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = FAULTS[name](folder)
    assert path.parent == folder
    assert path.exists()
    assert {p.name for p in tmp_path.iterdir()} == {"inner"}
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) < 1_500_000


def test_sound_package_hashes_right(tmp_path: Path) -> None:
    path = package(tmp_path / "sound", {"events.csv": sheet()})
    given = tomllib.loads((path / "manifest.toml").read_text(encoding="utf-8"))["sha256"]["events.csv"]
    assert given == hashlib.sha256((path / "events.csv").read_bytes()).hexdigest()


def test_wrong_hash_differs_from_the_file(tmp_path: Path) -> None:
    """F5."""
    path = FAULTS["wrong_hash"](tmp_path)
    given = tomllib.loads((path / "manifest.toml").read_text(encoding="utf-8"))["sha256"]["events.csv"]
    assert given != hashlib.sha256((path / "events.csv").read_bytes()).hexdigest()


def test_zip_bomb_is_dense(tmp_path: Path) -> None:
    """F8."""
    with zipfile.ZipFile(FAULTS["zip_bomb"](tmp_path)) as archive:
        entry = max(archive.infolist(), key=lambda e: e.file_size)
    assert entry.file_size > 500 * entry.compress_size


def test_duplicate_entries_are_two(tmp_path: Path) -> None:
    """F11."""
    with zipfile.ZipFile(FAULTS["duplicate_entries"](tmp_path)) as archive:
        assert archive.namelist().count("events.csv") == 2


@pytest.mark.parametrize(
    ("name", "low", "high"), [("black_frame", 0, 15), ("overexposed_frame", 236, 255), ("blurred_frame", 60, 160)]
)
def test_unusable_frames_are(name: str, low: float, high: float, tmp_path: Path) -> None:
    """I5: black, overexposed; the blurred one has lost its stones."""
    grey = cv2.imread(str(FAULTS[name](tmp_path) / "frames/b.jpg"), cv2.IMREAD_GRAYSCALE)
    assert low <= np.median(grey) <= high
    sound = cv2.imread(str(tmp_path / name.replace("_", "-") / "frames/a.jpg"), cv2.IMREAD_GRAYSCALE)
    if name == "blurred_frame":
        assert np.diff(grey[:, 300:1500].astype(float)).std() < 0.3 * np.diff(sound[:, 300:1500].astype(float)).std()


def test_a_change_that_does_not_apply_is_an_error(tmp_path: Path) -> None:
    path = package(tmp_path / "sound", {"events.csv": sheet()})
    with pytest.raises(ValueError, match="does not hold"):
        changed(path / "events.csv", "no such text", "")


def test_blurred_frame_is_told(small: Path, tmp_path: Path) -> None:
    """I5: blurred by 28 to 40 mm."""
    settings = load_settings(environment={}).replaced(home=str(tmp_path / "home"), workers=1)
    store = open_store(settings.home)
    assert ingest_package(small / "00-network", store=store, settings=settings).state == "published"
    report = ingest_package(FAULTS["blurred_frame"](tmp_path), store=store, settings=settings)
    store.close()
    assert report.faults.loc[report.faults["rule"] == "unusable", "file"].tolist() == ["frames/b.jpg"]


def test_every_fault_has_its_words() -> None:
    assert [name for name, known in KNOWN.items() if not known.words] == []


def test_all_of_them_can_be_written_as_zips_to_upload(tmp_path: Path) -> None:
    written = dict(broken(tmp_path / "out"))
    assert written.keys() == FAULTS.keys()
    sound = [p for name, p in written.items() if name != "cut_zip" and not zipfile.is_zipfile(p)]
    assert sound == []
    assert sorted(p.name for p in tmp_path.rglob("*")) == sorted(["out", *(f"{name}.zip" for name in FAULTS)])
