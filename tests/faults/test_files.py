"""Files and packages that must be refused or survived: F1-F19 of the acceptance list."""

import errno
import io
import shutil
import struct
import zipfile
from pathlib import Path

import pytest

from ingest.content import checked
from ingest.hashes import contents, run_id
from ingest.manifest import read_manifest
from ingest.package import received, shown
from ingest.run import ingest_package
from pavement.errors import ManifestError, PackageError
from pavement.store import published, runs
from tests.ingest.builders import kept_file, package

WORKS = "work,route,direction,lane,from_m,to_m,completed_on,treatment\nW1,N1,S,1,10000,10500,2020-05-01,mill_overlay\n"
DATA = [{"kind": "works", "file": "works.csv"}]


def zipped(path, entries, **options):
    """Write a zip of (name or ZipInfo, content)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content, **options)
    return path


def zip_of(folder, path, *, top=""):
    return zipped(
        path,
        [(top + p.relative_to(folder).as_posix(), p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file()],
    )


def refused(path, settings):
    """Return the message with which a package is refused, and see that nothing is left in quarantine."""
    with pytest.raises(PackageError) as caught, received(path, settings=settings):
        pass
    assert list((settings.home / "quarantine").iterdir()) == []
    return str(caught.value)


def test_f1_empty_file_is_listed_and_the_rest_goes_on(served, settings, tmp_path):
    data = [*DATA, {"kind": "layers", "file": "layers.csv"}]
    report = ingest_package(
        package(tmp_path / "p", {"works.csv": WORKS, "layers.csv": ""}, data), store=served, settings=settings
    )
    assert report.state == "published"
    assert report.counts["works"] == 1
    assert "empty" in set(report.faults["rule"])


def test_f2_nothing_to_ingest(settings, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "nothing to ingest" in refused(tmp_path / "empty", settings)
    with pytest.raises(ManifestError, match="nothing to ingest"):
        read_manifest((package(tmp_path / "p", {}, []) / "manifest.toml").read_bytes())


def test_f3_missing_and_f4_stray_files(served, settings, tmp_path):
    folder = package(tmp_path / "p", {"works.csv": WORKS}, [*DATA, {"kind": "layers", "file": "layers.csv"}])
    (folder / "holiday.jpg").write_bytes(b"x")
    report = ingest_package(folder, store=served, settings=settings)
    assert report.state == "published"
    rules = dict(zip(report.faults["file"], report.faults["rule"], strict=True))
    assert rules == {"layers.csv": "missing", "holiday.jpg": "stray"}


def test_f5_altered_file_is_refused_with_both_hashes(served, settings, tmp_path):
    folder = package(tmp_path / "p", {"works.csv": WORKS}, DATA)
    said = (
        (folder / "manifest.toml").read_text().split('"works.csv" = "')[-1][:64]
        if '"works.csv"' in (folder / "manifest.toml").read_text()
        else ""
    )
    (folder / "works.csv").write_text(WORKS.replace("10500", "10600"))
    before = runs.data_version(served)
    report = ingest_package(folder, store=served, settings=settings)
    fault = report.faults.iloc[0]
    assert (report.state, fault["rule"]) == ("refused", "sha256")
    assert len([w for w in fault["message"].replace(";", " ").replace(".", " ").split() if len(w) == 64]) == 2
    assert said in fault["message"]
    assert runs.data_version(served) == before
    assert published.table(served, "works").empty


@pytest.mark.parametrize("name", ["../x", "/x", "C:\\x", "a\\..\\..\\x", "a/../../x", "..\\x"])
def test_f6_zip_slip_refuses_the_whole_package(name, settings, tmp_path):
    path = zipped(tmp_path / "p.zip", [("manifest.toml", "format = 1"), (name, "x")])
    assert "outside the package" in refused(path, settings)
    assert {p.name for p in tmp_path.iterdir()} == {"p.zip", "home"}


def test_f7_links_and_devices(settings, tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    assert "link or a device" in refused(zipped(tmp_path / "p.zip", [(link, "/etc/passwd")]), settings)
    folder = package(tmp_path / "p", {"works.csv": WORKS}, DATA)
    (folder / "s.csv").symlink_to("/etc/passwd")
    assert "link or a device" in refused(folder, settings)


def test_f7_pipe_is_not_opened(settings, tmp_path):
    import os

    folder = package(tmp_path / "p", {"works.csv": WORKS}, DATA)
    os.mkfifo(folder / "pipe.csv")
    assert "link or a device" in refused(folder, settings)


def test_f8_bombs(settings, tmp_path):
    dense = zipped(tmp_path / "dense.zip", [("a.csv", b"0" * 50_000_000)])
    assert dense.stat().st_size < 100_000
    assert "ratio_limit" in refused(dense, settings)
    big = settings.replaced(ratio_limit=1e9, entry_limit=1_000_000)
    assert "entry_limit" in refused(dense, big)
    total = zipped(tmp_path / "total.zip", [(f"{i}.csv", bytes(range(256)) * 400) for i in range(20)])
    assert "package_limit" in refused(total, settings.replaced(package_limit=1_000_000))
    assert "entries_limit" in refused(total, settings.replaced(entries_limit=10))
    folder = package(tmp_path / "p", {f"{i}.csv": "1,2\n" * 1000 for i in range(20)}, DATA)
    assert "entries_limit" in refused(folder, settings.replaced(entries_limit=10))
    assert "package_limit" in refused(folder, settings.replaced(package_limit=10_000))


def test_f8_overlapping_entries(settings, tmp_path):
    path = zipped(tmp_path / "p.zip", [("a.csv", b"a" * 5000), ("b.csv", b"b" * 5000)])
    raw = bytearray(path.read_bytes())
    second = raw.rfind(b"PK\x01\x02")
    raw[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(raw)
    assert "same bytes" in refused(path, settings) or "damaged" in refused(path, settings)


def test_f9_zip_that_lies_about_sizes(settings, tmp_path):
    path = zipped(tmp_path / "p.zip", [("a.csv", bytes(range(256)) * 4000)])
    raw = bytearray(path.read_bytes())
    for start, offset in ((0, 22), (raw.rfind(b"PK\x01\x02"), 24)):
        raw[start + offset : start + offset + 4] = struct.pack("<I", 10)
    path.write_bytes(raw)
    assert "damaged" in refused(path, settings)


def test_f10_encrypted_damaged_or_oddly_packed(settings, tmp_path):
    path = zipped(tmp_path / "p.zip", [("a.csv", b"a,b\n1,2\n")])
    good = path.read_bytes()
    raw = bytearray(good)
    for start, offset in ((0, 6), (raw.rfind(b"PK\x01\x02"), 8)):
        raw[start + offset] |= 1
    path.write_bytes(raw)
    assert "encrypted" in refused(path, settings)
    for cut in (10, len(good) // 2, len(good) - 5):
        path.write_bytes(good[:cut])
        assert "zip" in refused(path, settings)
    lzma = io.BytesIO()
    with zipfile.ZipFile(lzma, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.csv", "x" * 100)
    path.write_bytes(lzma.getvalue())
    assert "compressed by method 14" in refused(path, settings)
    flipped = bytearray(good)
    flipped[40] ^= 0xFF
    path.write_bytes(flipped)
    assert "damaged" in refused(path, settings)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a.csv", "a.csv"), ("a.csv", "A.CSV"), ("é.csv", "é.csv")])
def test_f11_two_entries_of_one_name(names, settings, tmp_path):
    assert "one name" in refused(zipped(tmp_path / "p.zip", [(n, "x") for n in names]), settings)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", b"PK\x03\x04....", "zip"),
        ("a.csv", b"\xff\xd8\xff\xe0", "jpeg"),
        ("a.jpg", b"<!DOCTYPE html><html>", "html"),
        ("a.csv", b"  <html><body>login</body>", "html"),
        ("a.parquet", b"a,b\n1,2\n", "text"),
        ("a.xlsx", b"a,b\n1,2\n", "text"),
        ("a.gpkg", b"PAR1", "parquet"),
    ],
)
def test_f12_kind_from_content(name, content, kind, tmp_path):
    with pytest.raises(PackageError, match=f"content is {kind}"):
        checked(kept_file(tmp_path / name, content), (".csv", ".jpg", ".parquet", ".xlsx", ".gpkg"))


@pytest.mark.parametrize(
    "name", ["a\nb.csv", "a\x00b.csv", "🚧.csv", "\u202egnp.csv", "x" * 300, "CON", "-rf.csv", "é" * 200]
)
def test_f13_odd_names_are_stored_under_our_own(name, settings, tmp_path):
    path = zipped(tmp_path / "p.zip", [("manifest.toml", "format = 1"), ("z", "1")])
    # written by hand: the library refuses or changes some of these names
    content = path.read_bytes().replace(b"z1", b"z1")
    entry = zipfile.ZipInfo("placeholder")
    entry.filename = entry.orig_filename = name
    path = zipped(tmp_path / "q.zip", [("manifest.toml", "format = 1"), (entry, "1")])
    assert content
    with received(path, settings=settings) as found:
        kept = next(f for n, f in found.files.items() if n != "manifest.toml")
        assert kept.path.name.split(".")[0].isdigit()
        assert kept.path.read_bytes() == b"1"
    assert shown(name).isprintable()
    assert len(shown(name)) <= 120


def test_f14_file_without_permission_is_listed(served, settings, tmp_path, monkeypatch):
    folder = package(
        tmp_path / "p", {"works.csv": WORKS, "layers.csv": "x"}, [*DATA, {"kind": "layers", "file": "layers.csv"}]
    )
    opened = Path.open

    def guarded(self, *args, **options):
        if self.name == "layers.csv":
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(self, *args, **options)

    monkeypatch.setattr(Path, "open", guarded)
    report = ingest_package(folder, store=served, settings=settings)
    assert report.state == "published"
    assert "unreadable" in set(report.faults["rule"])


def test_f15_full_disk_leaves_nothing(served, settings, tmp_path, monkeypatch):
    folder = package(tmp_path / "p", {"works.csv": WORKS}, DATA)

    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    opened = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, *a, **k: Full() if "quarantine" in str(self) and a == ("wb",) else opened(self, *a, **k),
    )
    before = runs.data_version(served)
    report = ingest_package(folder, store=served, settings=settings)
    monkeypatch.undo()
    assert (report.state, runs.data_version(served)) == ("refused", before)
    assert "disk is full" in report.message
    assert list((settings.home / "quarantine").iterdir()) == []


def test_f17_same_package_again_renamed_or_zipped_changes_nothing(served, settings, tmp_path):
    folder = package(tmp_path / "p", {"works.csv": WORKS}, DATA)
    first = ingest_package(folder, store=served, settings=settings)
    version = runs.data_version(served)
    renamed = shutil.copytree(folder, tmp_path / "renamed")
    (renamed / ".DS_Store").write_bytes(b"\x00")
    for again in (folder, renamed, zip_of(folder, tmp_path / "z.zip"), zip_of(folder, tmp_path / "t.zip", top="p/")):
        report = ingest_package(again, store=served, settings=settings)
        assert (report.state, report.run) == ("unchanged", first.run)
        assert "already here" in report.message
    assert runs.data_version(served) == version
    assert len(published.table(served, "works")) == 1


def test_f18_corrected_package_supersedes(served, settings, tmp_path):
    first = ingest_package(package(tmp_path / "p", {"works.csv": WORKS}, DATA), store=served, settings=settings)
    better = WORKS.replace("10500", "10600")
    second = ingest_package(package(tmp_path / "q", {"works.csv": better}, DATA), store=served, settings=settings)
    assert second.state == "published"
    assert published.table(served, "works")["to_m"].tolist() == [10600.0]
    states = runs.runs(served).set_index("run")["state"]
    assert (states[first.run], states[second.run]) == ("superseded", "published")
    again = ingest_package(tmp_path / "p", store=served, settings=settings)
    assert again.state == "unchanged"
    assert "superseded by" in again.message


def test_f19_what_a_killed_process_left_is_removed(settings, tmp_path):
    left = settings.home / "quarantine" / "0"
    left.mkdir(parents=True)
    (left / "lock").write_bytes(b"")
    (left / "000000.csv").write_bytes(b"x")
    with received(package(tmp_path / "p", {"works.csv": WORKS}, DATA), settings=settings):
        assert not left.exists()


def test_files_without_hash_are_unverified(served, settings, tmp_path):
    sheet = "route,direction,lane,from_m,to_m,kind,value,quality\nN1,S,1,10000,10100,iri,1.5,measured\n"
    folder = package(tmp_path / "p", {"e.csv": sheet}, [{"kind": "events", "file": "e.csv"}], hashes=False)
    report = ingest_package(folder, store=served, settings=settings)
    assert published.table(served, "cell_values")["quality"].tolist() == ["unverified"]
    assert "unverified" in set(report.faults["rule"])


def test_run_id_depends_on_files_reader_and_settings(settings, tmp_path):
    folder = package(tmp_path / "p", {"works.csv": WORKS}, DATA)
    with received(folder, settings=settings) as found:
        manifest = read_manifest(found.files["manifest.toml"].path.read_bytes())
        assert contents(found, manifest).faults == []
        ids = {
            run_id(found, manifest, reader=reader, settings={"cell_length": length})
            for reader in ("1", "2")
            for length in ("100", "50")
        }
    assert len(ids) == 4
