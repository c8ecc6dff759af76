"""What became of each frame is found again as it was written, or not at all (F19)."""

import numpy as np
import pytest

from ingest.imagery.journal import FILE, Journal
from pavement.errors import SurveyError

KEYS = [f"{number:064x}" for number in range(3)]


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a journal of three frames, each with a view."""
    with Journal(tmp_path / "work") as journal:
        for number, key in enumerate(KEYS):
            journal.add(key, {"value": number / 3, "said": "裂縫"}, {"image": f"view {number}".encode()})
    return tmp_path / "work"


def held(folder):
    with Journal(folder) as journal:
        return [journal.holds(key) for key in KEYS]


def test_what_was_written_is_found_again(folder):
    with Journal(folder) as journal:
        assert len(journal) == 3
        assert journal.record(KEYS[1]) == {"value": 1 / 3, "said": "裂縫"}
        assert journal.view(journal.views(KEYS[2])["image"]).read_bytes() == b"view 2"
        assert not journal.holds("f" * 64)


def test_line_cut_short_is_not_held_and_the_next_one_is_whole(folder):
    """A process killed in mid-line."""
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[:-5])
    assert held(folder) == [True, True, False]
    with Journal(folder) as journal:
        journal.add(KEYS[2], {"value": 7}, {})
    assert held(folder) == [True, True, True]
    with Journal(folder) as journal:
        assert journal.record(KEYS[2]) == {"value": 7}


@pytest.mark.parametrize("seed", range(8))
def test_changed_byte_loses_its_line_alone(folder, seed):
    lines = (folder / FILE).read_bytes().splitlines(keepends=True)
    damaged = bytearray(lines[1])
    place = int(np.random.default_rng(seed).integers(len(damaged) - 1))
    damaged[place] ^= 0x15
    (folder / FILE).write_bytes(lines[0] + bytes(damaged) + lines[2])
    assert held(folder) == [True, False, True]


@pytest.mark.parametrize("content", [b"other", b"", None])
def test_frame_whose_view_is_not_as_written_is_not_held(folder, content):
    with Journal(folder) as journal:
        view = journal.view(journal.views(KEYS[0])["image"])
        view.unlink() if content is None else view.write_bytes(content)
        assert [journal.holds(key) for key in KEYS] == [False, True, True]


def test_two_do_not_write_to_one_journal(folder):
    with Journal(folder), pytest.raises(SurveyError, match="Another program works in"):
        Journal(folder)
    assert held(folder) == [True] * 3
