"""The gate before publishing: a run whose data cannot be trusted is held, and seen by nobody until it is released."""

import json

import numpy as np
import pytest

from ingest.run import ingest_package
from pavement.errors import StoreError
from pavement.store import audit, published, runs, segments
from pavement.store.quality_export import quality_export
from pavement.store.withdrawal import reinstate, reject, release, withdraw
from tests.ingest.builders import package

HEADER = "route,direction,lane,from_m,to_m,kind,value,quality,surveyed_on"


def survey(folder, values, *, day="2024-03-02", kind="iri", **about):
    lanes = [(d, lane) for d in "SN" for lane in "12"]
    lines = [
        f"N1,{d},{lane},{10000 + 100 * at},{10100 + 100 * at},{kind},{values[20 * n + at]:.4f},measured,{day}"
        for n, (d, lane) in enumerate(lanes)
        for at in range(20)
        if not np.isnan(values[20 * n + at])
    ]
    return package(
        folder, {"e.csv": "\n".join([HEADER, *lines])}, [{"kind": "events", "file": "e.csv"}], **({"id": "van"} | about)
    )


def sound(seed=1, level=2.0):
    return level + np.random.default_rng(seed).normal(0, 0.05, 80)


def stuck():
    values = sound()
    values[20:60] = 2.5
    return values


@pytest.fixture
def ingest(served, settings):
    return lambda folder: ingest_package(folder, store=served, settings=settings)


def shown(store):
    """Return what readers of the segment table see of roughness."""
    table = segments.segment_table(store)
    return sorted(table["iri"].dropna()) if "iri" in table else []


def test_a_stuck_sensor_is_held_and_shown_nowhere(served, ingest, tmp_path):
    before = runs.data_version(served)
    report = ingest(survey(tmp_path / "a", stuck()))
    assert report.state == "held"
    assert "stuck iri 0.5 - > 0.3" in report.message
    assert "release it with a reason or reject it" in report.message
    assert shown(served) == []
    assert published.table(served, "events").empty
    assert runs.data_version(served) == before, "nothing measured has changed"
    assert "hold" in runs.quality(served, report.run)["verdict"].tolist()
    last = audit.trail(served).iloc[-1]
    assert (last["action"], json.loads(last["detail"])["checks"]) == ("hold", ["stuck iri"])


def test_the_same_again_says_that_it_is_held(ingest, tmp_path):
    ingest(survey(tmp_path / "a", stuck()))
    again = ingest(survey(tmp_path / "b", stuck()))
    assert again.state == "unchanged"
    assert "It is held" in again.message


def test_a_held_run_leaves_its_former_in_force_until_it_is_released(served, ingest, tmp_path):
    first = ingest(survey(tmp_path / "a", sound()))
    second = ingest(survey(tmp_path / "b", stuck()))
    assert (first.state, second.state) == ("published", "held")
    assert len(shown(served)) == 80
    assert 2.5 not in shown(served)
    former = release(served, second.run, user="lin", reason="the sensor was checked: the surface is new")
    assert former == first.run
    assert shown(served).count(2.5) == 40
    states = runs.runs(served).set_index("run")["state"]
    assert (states[first.run], states[second.run]) == ("superseded", "published")
    last = audit.trail(served).iloc[-1]
    assert (last["user"], last["action"], last["subject"]) == ("lin", "release", second.run)
    assert "the sensor was checked" in last["detail"]
    # and as any other run it can be taken out of force again
    assert withdraw(served, second.run, user="lin", reason="no") == first.run


def test_a_release_needs_a_reason_and_a_held_run(served, ingest, tmp_path):
    report = ingest(survey(tmp_path / "a", stuck()))
    with pytest.raises(StoreError, match="reason"):
        release(served, report.run, user="lin", reason=" ")
    with pytest.raises(StoreError, match="not in force"):
        withdraw(served, report.run, user="lin", reason="x")
    other = ingest(survey(tmp_path / "b", sound(), id="other"))
    with pytest.raises(StoreError, match="is published, not held"):
        release(served, other.run, user="lin", reason="x")
    assert shown(served)


def test_a_rejected_run_stays_out_for_good(served, ingest, tmp_path):
    report = ingest(survey(tmp_path / "a", stuck()))
    reject(served, report.run, user="lin", reason="the laser was frozen")
    for door in (release, reinstate):
        with pytest.raises(StoreError, match="is rejected"):
            door(served, report.run, user="lin", reason="x")
    assert shown(served) == []
    assert len(runs.quality(served, report.run))


def test_a_run_off_its_reference_section_is_held_with_the_deviation(served, ingest, tmp_path):
    """Instrument drift: the section is 0.3 m/km rougher by the van than by the reference instrument."""
    sheet = "reference,location,lane,kind,value,valid_from\nR1,國道1號 10k+000~10k+500 南下,1,iri,1.7,113/01/01\n"
    folder = package(tmp_path / "r", {"r.csv": sheet}, [{"kind": "references", "file": "r.csv"}], id="references")
    assert ingest(folder).rejected.empty
    report = ingest(survey(tmp_path / "a", sound(level=2.0)))
    assert report.state == "held"
    found = runs.quality(served, report.run).set_index("check").loc["reference"]
    assert found["value"] == pytest.approx(0.3, abs=0.06)
    assert ingest(survey(tmp_path / "b", sound(level=1.72))).state == "published"


def test_an_unknown_kind_of_reference_is_a_fault(ingest, tmp_path):
    """T15, T16."""
    sheet = "reference,location,lane,kind,value\nR1,國道1號 10k~11k 南下,1,irri,1.7\n"
    report = ingest(package(tmp_path / "r", {"r.csv": sheet}, [{"kind": "references", "file": "r.csv"}], id="r"))
    assert report.faults["rule"].tolist() == ["unknown kind"]


def test_a_second_van_that_disagrees_is_held(served, ingest, tmp_path):
    assert ingest(survey(tmp_path / "a", sound())).state == "published"
    report = ingest(survey(tmp_path / "b", sound(2) + 0.6, id="other", day="2024-03-20"))
    assert report.state == "held"
    checks = runs.quality(served, report.run).set_index("check")
    assert checks.loc["repeat_bias", "value"] == pytest.approx(0.6, abs=0.02)
    assert checks.loc["repeatability", "verdict"] == "ok"


def test_records_without_values_have_no_checks_and_pass(served, ingest, tmp_path):
    sheet = "work,route,direction,lane,from_m,to_m,completed_on,treatment\nW1,N1,S,1,10000,10500,2020-05-01,新建\n"
    report = ingest(package(tmp_path / "w", {"w.csv": sheet}, [{"kind": "works", "file": "w.csv"}], id="w"))
    assert report.state == "published"
    assert runs.quality(served, report.run).empty
    with pytest.raises(StoreError, match="no checks"):
        quality_export(served, report.run, tmp_path / "q.json")


@pytest.mark.parametrize("language", ["zh_TW", "en"])
def test_checks_go_out_as_json_and_csv(served, ingest, tmp_path, language):
    report = ingest(survey(tmp_path / "a", stuck()))
    made = json.loads(
        quality_export(served, report.run[:12], tmp_path / "q.json", language=language).read_text("utf-8")
    )
    held = [c for c in made["checks"] if c["verdict"] == "hold"]
    assert [(c["check"], c["kind"], c["value"], c["hold"]) for c in held] == [("stuck", "iri", 0.5, 0.3)]
    assert ("感測器停滯" if language == "zh_TW" else "Stuck sensor") in held[0]["what"]
    assert (made["basis"]["run"], made["basis"]["state"]) == (report.run, "held")
    text = quality_export(served, report.run, tmp_path / "q.csv", language=language).read_text("utf-8-sig")
    assert ("判定" if language == "zh_TW" else "Verdict") in text.splitlines()[0]
    with pytest.raises(StoreError, match="json or .csv"):
        quality_export(served, report.run, tmp_path / "q.pdf")


def test_t18_one_row_is_published_and_nothing_is_judged_from_it(served, ingest, tmp_path):
    """T18: no statistics from one row."""
    line = "N1,S,1,10000,10100,iri,2.0,measured,2024-03-02"
    data = [{"kind": "events", "file": "e.csv"}]
    report = ingest(package(tmp_path / "a", {"e.csv": f"{HEADER}\n{line}\n"}, data, id="one"))
    assert report.state == "published"
    assert set(runs.quality(served, report.run)["verdict"]) == {"not judged"}
