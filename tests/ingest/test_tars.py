"""Archives: what is safe comes out as it went in, everything else is refused (F6-F9)."""

import gzip
import io
import tarfile

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingest.tars import Member, tar_members
from pavement.errors import PackageError
from tests.examples import examples
from tests.ingest.builders import settings_at

RELAXED = settings(
    max_examples=examples(60),
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def packed(*entries: tuple[str, bytes], mode: str = "w:gz", **kind: object) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in kind.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture
def members(tmp_path):
    def read(content: bytes, **changes: object) -> list[Member]:
        path = tmp_path / "a.tar.gz"
        path.write_bytes(content)
        return list(tar_members(path, settings=settings_at(tmp_path / "home", **changes), name="a.tar.gz"))

    return read


@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_files_come_out_as_they_went_in(members, mode):
    entries = [("d/one.csv", b"1,2\n"), ("two.csv", b""), ("three.csv", bytes(range(256)) * 5)]
    assert [(m.name, m.content) for m in members(packed(*entries, mode=mode))] == entries


def test_archives_packed_in_several_pieces_and_long_names_are_read(members):
    whole = packed((f"{'long' * 40}.csv", b"abc"), mode="w")
    found = members(gzip.compress(whole[:700]) + gzip.compress(whole[700:]))
    assert [m.content for m in found] == [b"abc"]


@pytest.mark.parametrize("name", ["../out.csv", "/etc/out.csv", "a/../../out.csv", "c:out.csv"])
def test_f6_an_entry_that_leaves_the_folder_is_refused(members, name):
    with pytest.raises(PackageError, match="points outside"):
        members(packed((name, b"1")))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_f7_links_and_devices_are_refused(members, kind):
    with pytest.raises(PackageError, match="link or a device"):
        members(packed(("a", b""), type=kind, linkname="/etc/passwd"))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"entry_limit": 10}, "unpacks to 1,000 bytes"),
        ({"entries_limit": 2}, "more than 2 entries"),
        ({"package_limit": 1500}, "unpacks to more than 1,500 bytes"),
    ],
)
def test_f8_limits_hold_and_are_named(members, limits, said):
    with pytest.raises(PackageError, match=said) as error:
        members(packed(*((f"{n}.csv", bytes(1000)) for n in range(3))), **limits)
    assert next(iter(limits)) in error.value.cure


def test_f8_a_bomb_is_refused_by_its_ratio(members):
    with pytest.raises(PackageError, match="200 to 1"):
        members(packed(("zeros.csv", bytes(20_000_000))))


def test_f8_an_extended_header_is_passed_over_and_never_kept(members):
    # one that says it is 8 GB long: the standard reader would ask for all of it at once
    header = bytearray(packed(("x.csv", b""), mode="w")[:512])
    header[124:136], header[156:157], header[148:156] = b"77777777777\0", b"x", b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    with pytest.raises(PackageError, match="cut"):
        members(bytes(header))


@pytest.mark.parametrize("cut", [1, 100, -1, -9])
def test_f9_a_cut_archive_is_refused(members, cut):
    content = packed(("a.csv", bytes(range(256)) * 40))
    with pytest.raises(PackageError):
        members(content[:cut])


def test_f9_a_wrong_checksum_of_the_packing_is_refused(members):
    content = bytearray(packed(("a.csv", bytes(range(256)) * 40)))
    content[-8] ^= 1
    with pytest.raises(PackageError, match="damaged"):
        members(bytes(content))


@RELAXED
@given(data=st.data())
def test_any_bytes_are_an_archive_or_refused(tmp_path, data):
    content = bytearray(data.draw(st.sampled_from([packed(("a", b"1,2\n")), packed(("a", b"1,2\n"), mode="w"), b""])))
    for at in data.draw(st.lists(st.integers(0, max(len(content) - 1, 0)), max_size=5)) if content else []:
        content[at] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.tar.gz"
    path.write_bytes(bytes(content) + data.draw(st.binary(max_size=40)))
    try:
        found = list(tar_members(path, settings=settings_at(tmp_path / "home"), name="a.tar.gz"))
    except PackageError:
        return
    assert all(isinstance(m.content, bytes) for m in found)
