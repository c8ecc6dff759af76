"""Uploads in pieces: order, limits, other people's uploads, what is left behind."""

import os
import time
from types import SimpleNamespace

import pytest

from dashboard import uploads
from dashboard.pages.upload import said


@pytest.fixture
def begun(signed_in):
    """Return a client of the data role and the key of an upload of ten bytes."""
    client = signed_in("data")
    return client, client.post("/uploads", json={"name": "survey.zip", "size": 10}).get_json()["id"]


def test_pieces_add_up_and_become_a_job(begun, settings, store):
    from pavement.store import jobs

    client, key = begun
    assert client.put(f"/uploads/{key}?offset=0", data=b"01234").get_json() == {"received": 5}
    assert client.get(f"/uploads/{key}").get_json() == {"received": 5, "size": 10}
    assert client.put(f"/uploads/{key}?offset=5", data=b"56789").get_json() == {"received": 10}
    answer = client.post(f"/uploads/{key}/done", json={})
    assert (settings.home / "uploads" / f"{key}.zip").read_bytes() == b"0123456789"
    job = jobs.get(store, answer.get_json()["job"])
    assert (job.kind, job.state, job.created_by) == ("ingest", "queued", "data")
    jobs.cancel(store, job.id)


def test_a_piece_out_of_order_says_where_to_go_on(begun):
    client, key = begun
    client.put(f"/uploads/{key}?offset=0", data=b"012")
    answer = client.put(f"/uploads/{key}?offset=0", data=b"012")
    assert (answer.status_code, answer.get_json()["received"]) == (409, 3)


def test_f19_an_upload_that_is_not_whole_is_not_taken(begun):
    client, key = begun
    client.put(f"/uploads/{key}?offset=0", data=b"012")
    assert client.post(f"/uploads/{key}/done", json={}).status_code == 409


def test_f19_parts_nobody_added_to_for_an_hour_go(begun, settings):
    _, key = begun
    part = settings.home / "uploads" / f"{key}.part"
    assert part.exists()
    assert uploads.remove_stale(part.parent) == 0
    os.utime(part, (time.time() - 3700, time.time() - 3700))
    assert uploads.remove_stale(part.parent) == 1
    assert not list(part.parent.glob(f"{key}*"))


def test_packages_that_no_open_job_will_read_go(store, settings):
    from pavement.store import jobs

    place = settings.home / "uploads"
    place.mkdir(exist_ok=True)
    for name in ("waiting", "killed", "cancelled"):
        (place / f"{name}.zip").write_bytes(b"x")
    waiting = jobs.add(store, "ingest", {"file": "waiting.zip"}, user="data")
    jobs.cancel(store, jobs.add(store, "ingest", {"file": "cancelled.zip"}, user="data"))
    # what has just arrived may get its job in the next moment
    assert uploads.remove_orphans(place, store) == 0
    assert uploads.remove_orphans(place, store, now=time.time() + 61) >= 2
    assert [f.name for f in place.glob("*.zip")] == ["waiting.zip"]
    jobs.cancel(store, waiting)


def test_an_upload_must_leave_the_disk_its_reserve(signed_in, monkeypatch):
    free = type("Usage", (), {"free": 2**30 + 500})
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: free)
    client = signed_in("data")
    client.get("/language/en")
    refused = client.post("/uploads", json={"name": "survey.zip", "size": 501})
    assert refused.status_code == 507
    assert "1024 MB must stay (setting disk_reserve)" in refused.get_json()["error"]
    key = client.post("/uploads", json={"name": "survey.zip", "size": 500}).get_json()["id"]
    assert client.delete(f"/uploads/{key}").status_code == 200


def test_w2_an_upload_is_its_owners_alone(begun, signed_in):
    _, key = begun
    other = signed_in("admin")
    assert other.get(f"/uploads/{key}").status_code == 404
    assert other.put(f"/uploads/{key}?offset=0", data=b"x").status_code == 404
    assert other.delete(f"/uploads/{key}").status_code == 404


def test_an_upload_can_be_dropped(begun, settings):
    client, key = begun
    assert client.delete(f"/uploads/{key}").get_json() == {"removed": True}
    assert not list((settings.home / "uploads").glob(f"{key}*"))


@pytest.mark.parametrize(
    "asked", [{"name": "a.zip"}, {"name": "a.zip", "size": "7"}, {"name": "a.zip", "size": True}, [], None]
)
def test_w8_a_malformed_beginning_is_a_400(signed_in, asked):
    assert signed_in("data").post("/uploads", json=asked).status_code == 400


@pytest.mark.parametrize(("name", "size"), [("a.exe", 5), ("a.zip", 0), ("a.zip", -1), ("", 5)])
def test_what_is_no_package_is_refused_in_words(signed_in, name, size):
    answer = signed_in("data").post("/uploads", json={"name": name, "size": size})
    assert answer.status_code == 400
    assert answer.get_json()["error"]


def test_hashes_of_a_refused_package_are_told_by_their_start():
    """F5: the whole hashes stand once, in the list of faults, and not in every line that says why."""
    message = f"a.csv has sha256 {'a' * 64}; the manifest says {'b' * 64}. Send it again."
    told = said(SimpleNamespace(message=message))
    assert "a" * 12 + "…" in told
    assert "a" * 13 not in told
    assert "b" * 13 not in told
