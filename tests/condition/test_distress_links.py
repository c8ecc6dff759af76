"""Reports matched with findings: by words, place, day and lane, and who found it first."""

import numpy as np
import pandas as pd
import pytest

from pavement.condition.distress_life import life_states
from pavement.condition.distress_links import distress_links
from pavement.schema import read_table, schema


def report(**changes) -> dict[str, object]:
    told = {"record": "D1", "route": "N1", "direction": "S", "lane": "", "measure_m": 1000.0, "description": "坑洞"}
    days = {"reported_on": pd.Timestamp("2024-05-01"), "planned_on": pd.NaT, "repaired_on": pd.NaT}
    return dict.fromkeys(schema("distress").index, "") | told | days | changes


def finding(**changes) -> dict[str, object]:
    told = {"finding": "f1", "frame": "a", "route": "N1", "direction": "S", "lane": "1", "measure_m": 1010.0}
    return told | {"kind": "pothole"} | changes


def links(reports, findings, *, days=("2024-04-20",), decisions=None) -> pd.DataFrame:
    frames = pd.DataFrame({"frame": list("abc")[: len(days)], "taken_at": pd.to_datetime(list(days), utc=True)})
    return distress_links(pd.DataFrame(reports), pd.DataFrame(findings), frames, decisions)


def test_a_pothole_near_in_place_and_time_is_linked_with_its_numbers() -> None:
    got = links([report()], [finding()]).iloc[0]
    assert (got["record"], got["finding"], got["kind"]) == ("D1", "f1", "pothole")
    assert (got["distance_m"], got["days"], got["found_first"], got["state"]) == (10.0, -11, "survey", "reported")


@pytest.mark.parametrize("changes", [
    {"measure_m": 1051.0}, {"measure_m": 949.0}, {"direction": "N"}, {"route": "N3"}, {"kind": "crack"},
])  # fmt: skip
def test_what_lies_elsewhere_or_is_of_another_kind_is_not(changes) -> None:
    assert links([report()], [finding(**changes)]).empty


@pytest.mark.parametrize(("day", "linked"), [
    ("2024-02-01", True), ("2024-01-31", False), ("2024-06-30", True), ("2024-07-01", False),
])  # fmt: skip
def test_days_before_and_after_are_those_of_the_table(day, linked) -> None:
    rule = read_table("report_matching").set_index("kind").loc["pothole"]
    assert (rule["days_before"], rule["days_after"]) == (90, 60)
    assert len(links([report()], [finding()], days=(day,))) == linked


def test_a_lane_on_both_sides_must_be_the_same() -> None:
    assert links([report(lane="2")], [finding()]).empty
    assert len(links([report(lane="1")], [finding()])) == 1


def test_what_was_seen_after_the_repair_is_another_one() -> None:
    repaired = report(repaired_on=pd.Timestamp("2024-05-03"), repair_method="坑洞修補")
    assert links([repaired], [finding()], days=("2024-05-20",)).empty
    assert links([repaired], [finding()], days=("2024-05-02",))["state"].tolist() == ["repaired"]


def test_the_nearest_finding_of_a_day_stands_for_them_all() -> None:
    many = [finding(finding=f"f{at}", measure_m=1000.0 + at) for at in (30, 3, 20)]
    got = links([report()], many)
    assert (got["finding"].tolist(), got["findings"].tolist()) == (["f3"], [3])


@pytest.mark.parametrize(("days", "first"), [
    (("2024-05-20",), "report"), (("2024-05-01",), "same day"), (("2024-05-20", "2024-04-20"), "survey"),
])  # fmt: skip
def test_who_found_it_first_is_told_by_the_earliest_day(days, first) -> None:
    seen = [finding(finding=f"f{at}", frame=frame) for at, frame in enumerate("abc"[: len(days)])]
    got = links([report()], seen, days=days)
    assert len(got) == len(days)
    assert set(got["found_first"]) == {first}


def test_words_in_both_languages_and_several_kinds() -> None:
    seen = [finding(), finding(finding="c", kind="crack")]
    assert links([report(description="Pothole in wheel path")], seen)["kind"].tolist() == ["pothole"]
    assert links([report(description="龜裂及坑洞")], seen)["kind"].tolist() == ["crack", "pothole"]
    assert links([report(description="油漬")], seen).empty


def test_an_undated_report_is_never_matched() -> None:
    assert links([report(reported_on=pd.NaT)], [finding()]).empty


def test_against_every_pair_one_by_one() -> None:
    """Independent count: the window search gives the same pairs as comparing all with all."""
    rng = np.random.default_rng(3)
    reports = [report(record=f"D{i}", measure_m=m, direction=d) for i, (m, d) in
               enumerate(zip(rng.uniform(0, 3000, 60), rng.choice(list("SN"), 60), strict=True))]  # fmt: skip
    seen = [finding(finding=f"f{i}", measure_m=m, direction=d) for i, (m, d) in
            enumerate(zip(rng.uniform(0, 3000, 200), rng.choice(list("SN"), 200), strict=True))]  # fmt: skip
    got = links(reports, seen).set_index("record")
    for one in reports:
        near = [f for f in seen if f["direction"] == one["direction"] and abs(f["measure_m"] - one["measure_m"]) <= 50]
        assert (got["findings"].get(one["record"], 0)) == len(near)
        if near:
            best = min(near, key=lambda f: abs(f["measure_m"] - one["measure_m"]))
            assert got.loc[one["record"], "finding"] == best["finding"]


def test_states_are_told_by_what_is_filled_in() -> None:
    rows = [report(), report(planned_method="坑洞修補"), report(planned_on=pd.Timestamp("2024-05-02")),
            report(planned_method="x", repaired_on=pd.Timestamp("2024-05-03"))]  # fmt: skip
    assert life_states(pd.DataFrame(rows)).tolist() == ["reported", "planned", "planned", "repaired"]


def decisions(**by_finding) -> pd.DataFrame:
    rows = [{"record": "D1", "finding": f, "decision": d, "decided_by": "chen"} for f, d in by_finding.items()]
    return pd.DataFrame(rows)


def test_what_people_rejected_is_not_proposed_again() -> None:
    many = [finding(finding=f"f{at}", measure_m=1000.0 + at) for at in (30, 3, 20)]
    got = links([report()], many, decisions=decisions(f3="rejected"))
    assert got[["finding", "findings", "decision", "decided_by"]].to_numpy().tolist() == [["f20", 2, "proposed", ""]]
    none = links([report()], many, decisions=decisions(f3="rejected", f20="rejected", f30="rejected"))
    assert none.empty
    other = links([report(record="D2")], many, decisions=decisions(f3="rejected"))
    assert other["finding"].tolist() == ["f3"]


def test_what_people_confirmed_stands_before_what_is_nearer() -> None:
    many = [finding(finding=f"f{at}", measure_m=1000.0 + at) for at in (30, 3)]
    got = links([report()], many, decisions=decisions(f30="confirmed"))
    assert got[["finding", "decision", "decided_by"]].to_numpy().tolist() == [["f30", "confirmed", "chen"]]


def test_the_last_decision_stands_and_can_be_taken_back() -> None:
    back = pd.concat([decisions(f1="rejected"), decisions(f1="proposed")], ignore_index=True)
    got = links([report()], [finding()], decisions=back)
    assert got[["finding", "decision", "decided_by"]].to_numpy().tolist() == [["f1", "proposed", ""]]
