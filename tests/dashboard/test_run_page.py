"""The page of a run: gaps of its frames, what was refused, and withdrawal."""

import pytest

from tests.dashboard.test_pages import page_text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Gaps and overlaps of frames", "gap 1 (8.0 m), overlap 1 (1.5 m)", "N1 20k+002 – 20k+010", "Frame after"),
        ),
        ("zh_TW", ("影像缺漏與重疊", "缺漏 1 (8.0 m)、重疊 1 (1.5 m)", "20k+002", "後一影像")),
    ],
)
def test_a_run_page_lists_gaps_and_overlaps_of_its_frames(signed_in, language, words):
    """I11."""
    client = signed_in("data")
    client.get(f"/language/{language}")
    text = page_text(client, "/run/" + "b" * 64)
    for word in words:
        assert word in text, word
    assert words[0] not in page_text(client, "/run/" + "a" * 64)


def test_only_those_who_upload_may_withdraw_a_run(signed_in):
    for role in ("viewer", "planner", "data", "admin"):
        shown = "withdraw-reason" in page_text(signed_in(role), "/run/" + "b" * 64)
        assert shown == (role in ("data", "admin"))


def test_a_withdrawn_run_keeps_its_faults_and_says_who_withdrew_it(tmp_path, made, settings):
    from dashboard.app import create_app
    from pavement.store import runs, users, withdrawal
    from pavement.store.database import open_store

    with open_store(tmp_path) as store:
        made.fill(store)
        frame = runs.runs(store)
        run = frame.loc[frame["faults"] > 0, "run"].iloc[0]
        message = runs.faults(store, run)["message"].iloc[0]
        users.add(store, "data", password="a long password", role="data")
        client = create_app(store, settings).server.test_client()
        client.post("/login", data={"name": "data", "password": "a long password"})
        client.get("/language/en")
        assert message in page_text(client, f"/run/{run}")
        assert "Withdrawn and put back" not in page_text(client, f"/run/{run}")
        withdrawal.withdraw(store, run, user="wang", reason="wrong lane")
        text = page_text(client, f"/run/{run}")
        assert message in text
        assert "wrong lane" in text
        assert "wang" in text


def test_what_was_refused_stays_listed_with_its_report(signed_in, store):
    from dashboard import jobs
    from pavement.store import jobs as rows

    def ended(name: str, result: dict[str, object], message: str) -> int:
        number = jobs.ask(store, "ingest", {"file": "x.zip", "name": name}, user="data")
        while (job := rows.claim(store, worker=1)) is not None and job.id != number:
            rows.finish(store, job.id, state="cancelled")
        rows.finish(store, number, result=result, message=message)
        return number

    ended("good.zip", {"state": "published"}, "8 rows published, 0 fault(s) listed.")
    lost = ended("lost.zip", {"state": "refused"}, "Route 'N77' is not on the network.")
    client = signed_in("data")
    client.get("/language/en")
    text = page_text(client, "/upload")
    assert "lost.zip" in text
    assert "Route 'N77' is not on the network." in text
    assert "good.zip" not in text
    assert [job.id for job in jobs.unpublished(store, limit=1)] == [lost]
