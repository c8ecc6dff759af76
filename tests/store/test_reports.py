"""A distress that people report lives on: reported, planned, repaired; each step kept, audited and put out again."""

import datetime as dt
import json

import pandas as pd
import pytest

from pavement.errors import StoreError
from pavement.schema import schema
from pavement.store import audit, objects, published, reports, runs, withdrawal
from pavement.store.link_export import link_export


def frame_of(name, rows):
    return pd.DataFrame(rows).reindex(columns=list(schema(name).index))


TODAY = dt.date(2024, 5, 10)
CHEN, LIN = reports.Author("chen", TODAY), reports.Author("lin", TODAY)
FIELDS = {"route": "N1", "direction": "S", "lane": "1", "measure_m": "20150", "description": "坑洞", "source": "巡查"}


@pytest.fixture
def one(store):
    """Return the id of one report with a photo."""
    return reports.report(store, FIELDS | {"position": "國道1號 20k+150 南下"}, photo=b"jpeg", by=CHEN)


def row(store, key):
    found = reports.reports(store)
    return found[found["id"] == key].iloc[0]


def step(store, key, state, fields, **how):
    told = {"seen": row(store, key)["run"], "by": LIN, "reason": "decided on the spot"} | how
    reports.step(store, key, state, fields, **told)


def test_a_report_stands_on_record_with_photo_day_and_state(store, one):
    found = row(store, one)
    assert (found["route"], found["measure_m"], found["description"]) == ("N1", 20150.0, "坑洞")
    assert (found["state"], str(found["reported_on"])[:10], found["source"]) == ("reported", "2024-05-10", "巡查")
    assert objects.read(store, found["photo"]) == b"jpeg"
    last = audit.trail(store).iloc[-1]
    assert (last["user"], last["action"]) == ("chen", "report distress")
    assert json.loads(last["detail"])["record"] == found["record"]


def test_its_number_has_the_day_that_people_have(one, store):
    """In a night of Taipei the day of UTC is the one before; 2024-05-10 is that of neither clock of this machine."""
    record = published.table(store, "distress")["record"].iloc[0]
    assert record.startswith("R20240510-")
    assert runs.runs(store)["surveyed_on"].dt.date.tolist()[0] == TODAY


def test_it_is_planned_then_repaired_and_each_step_is_told(store, one):
    step(store, one, "planned", {"planned_on": "113/05/12", "planned_method": "坑洞修補"}, reason="night shift")
    assert row(store, one)["state"] == "planned"
    done = {"repaired_on": "2024-05-10", "contractor": "甲", "repair_method": "坑洞修補", "repair_note": "完成"}
    step(store, one, "repaired", done, photo=b"after", reason="filled and rolled")
    found = row(store, one)
    assert (found["state"], str(found["planned_on"])[:10], found["contractor"]) == ("repaired", "2024-05-12", "甲")
    assert (objects.read(store, found["photo"]), objects.read(store, found["repair_photo"])) == (b"jpeg", b"after")
    told = reports.life(store, found)
    assert told["state"].tolist() == ["reported", "planned", "repaired"]
    assert told["reason"].tolist() == ["", "night shift", "filled and rolled"]
    assert told["user"].tolist() == ["chen", "lin", "lin"]
    assert len(published.table(store, "distress")) == 1


def test_measured_data_keep_their_version(store, one):
    before = runs.data_version(store)
    step(store, one, "planned", {"planned_method": "坑洞修補"})
    assert runs.data_version(store) == before


@pytest.mark.parametrize(
    ("state", "fields", "how", "said"),
    [
        ("planned", {}, {}, "Nothing says that it is planned"),
        ("planned", {"planned_on": "soon"}, {}, "planned_on"),
        ("planned", {"planned_method": "x"}, {"reason": " "}, "needs a note"),
        ("repaired", {}, {}, "Nothing says that it is repaired"),
        ("repaired", {"repaired_on": "2024-05-11"}, {}, "future"),
        ("repaired", {"repaired_on": "2024-05-09"}, {}, "before it was reported"),
        ("reported", {"description": "x"}, {}, "no step"),
        ("repaired", {"repaired_on": "2024-05-10"}, {"seen": "0" * 64}, "changed this report meanwhile"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(store, one, state, fields, how, said):
    before = row(store, one)
    with pytest.raises(StoreError, match=said):
        step(store, one, state, fields, **how)
    pd.testing.assert_series_equal(row(store, one), before)


def test_of_two_steps_at_once_the_second_is_refused(store, one, monkeypatch):
    seen = reports.reports(store)
    step(store, one, "planned", {"planned_method": "x"})
    # the second has looked before the first was written
    monkeypatch.setattr(reports, "reports", lambda _: seen)
    with pytest.raises(StoreError, match="changed this report meanwhile"):
        step(store, one, "planned", {"planned_method": "y"})
    monkeypatch.undo()
    assert row(store, one)["planned_method"] == "x"


def test_a_step_fills_in_its_own_fields_only(store, one):
    step(store, one, "planned", {"planned_method": "x", "description": "nothing", "repair_method": "y"})
    found = row(store, one)
    assert (found["description"], found["repair_method"], found["state"]) == ("坑洞", "", "planned")


@pytest.mark.parametrize("changes", [{"description": ""}, {"direction": "X"}, {"measure_m": "far"}, {"measure_m": ""}])
def test_a_report_without_what_or_where_is_refused(store, changes):
    with pytest.raises(StoreError):
        reports.report(store, FIELDS | changes, photo=None, by=CHEN)
    assert reports.reports(store).empty


def test_a_record_of_the_agency_goes_on_by_page_and_its_later_export_stands(store):
    """Ingest of repaired records closes what people have planned on the pages."""
    agency = FIELDS | {"record": "D1", "measure_m": 20150.0, "reported_on": pd.Timestamp("2024-05-01")}
    draft = runs.RunDraft(
        run="d" * 64, survey="pms", package="p.zip", tables={"distress": frame_of("distress", [agency])}
    )
    runs.publish(store, draft, user="data")
    key = reports.report_id("D1", "N1", "S")
    step(store, key, "planned", {"planned_method": "坑洞修補"})
    assert row(store, key)["state"] == "planned"
    later = agency | {"repaired_on": pd.Timestamp("2024-05-09"), "repair_method": "銑刨加鋪"}
    again = runs.RunDraft(
        run="e" * 64, survey="pms", package="q.zip", tables={"distress": frame_of("distress", [later])}
    )
    runs.publish(store, again, user="data")
    assert (row(store, key)["state"], row(store, key)["repair_method"]) == ("repaired", "銑刨加鋪")
    assert len(reports.reports(store)) == 1


def test_a_false_report_is_withdrawn_as_any_run(store, one):
    withdrawal.withdraw(store, row(store, one)["run"], user="lin", reason="a shadow")
    assert reports.reports(store).empty


def test_links_with_findings_go_out_and_an_empty_store_says_so(store, one, tmp_path):
    with pytest.raises(StoreError, match="No report is matched"):
        link_export(store, tmp_path / "l.csv")
    with pytest.raises(StoreError, match=r"\.csv or \.xlsx"):
        link_export(store, tmp_path / "l.pdf")
    place = {"frame": "f1", "route": "N1", "direction": "S", "lane": "1", "measure_m": 20140.0}
    frame = place | {"taken_at": pd.Timestamp("2024-05-01T02:00:00Z"), "file": "a.jpg", "usable": True}
    finding = place | {"finding": "f1-1", "kind": "pothole", "engine": "made 1"}
    tables = {"frames": frame_of("frames", [frame]), "findings": frame_of("findings", [finding])}
    runs.publish(store, runs.RunDraft(run="f" * 64, survey="s", package="s.zip", tables=tables), user="data")
    text = link_export(store, tmp_path / "l.csv", language="en").read_text("utf-8-sig").splitlines()
    assert len(text) == 2
    assert "Found first" in text[0]
    assert "survey" in text[1]
    assert link_export(store, tmp_path / "l.xlsx").stat().st_size > 1000
