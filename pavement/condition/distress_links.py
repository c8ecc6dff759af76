"""Distress that people reported, matched with what was found in frames: near in place and time and of the same kind."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.condition.distress_life import life_states
from pavement.schema import read_table, schema

_ROAD = ["route", "direction"]
_REPORT = ["record", *_ROAD]
# further apart than any two measures [m], so that routes laid end to end never meet
_APART = 1e8


PROPOSED, CONFIRMED, REJECTED = "proposed", "confirmed", "rejected"


def distress_links(
    records: pd.DataFrame, findings: pd.DataFrame, frames: pd.DataFrame, decisions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Return the findings that reports may mean, one row a report, kind and day of survey: the nearest finding.

    Parameters
    ----------
    records
        Table ``distress``; without a day of report no row is matched, for nothing says when it was there.
    findings
        Table ``findings``.
    frames
        frame and taken_at.
    decisions
        Table ``link_decisions``: what people rejected is left out, what they confirmed stands before nearer ones.

    Returns
    -------
    links
        Rows of table ``distress_links``. What a description means, how far apart and how many days before and after the
        report a finding may lie is in ``tables/report_matching.csv``; after its repair a report is not matched. A lane
        on both sides must be the same.
    """
    columns = list(schema("distress_links").index)
    pairs = _decided(candidates(records, findings, frames), decisions)
    pairs = pairs[pairs["decision"] != REJECTED]
    if pairs.empty:
        return pd.DataFrame(columns=columns)
    pairs = pairs.assign(open=pairs["decision"] != CONFIRMED).sort_values(["open", "distance_m"], kind="stable")
    day = [*_REPORT, "kind", "seen_on"]
    pairs = pairs.assign(findings=pairs.groupby(day)["finding"].transform("nunique"))
    links = pairs.drop_duplicates(day)
    first = links.groupby(_REPORT)["days"].transform("min")
    found = np.select([first < 0, first > 0], ["survey", "report"], default="same day")
    return links.assign(found_first=found)[columns].sort_values(day, ignore_index=True)


def candidates(records: pd.DataFrame, findings: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    """Return every report with every finding that it may mean, nearest first, whatever people decided."""
    meant, seen = _meant(records), _dated(findings, frames)
    pairs = _near(meant, seen)
    pairs = pairs.assign(days=(pairs["seen_on"] - pairs["reported_on"]).dt.days)
    until = pairs["repaired_on"].isna() | (pairs["seen_on"] <= pairs["repaired_on"])
    within = (pairs["days"] >= -pairs["days_before"]) & (pairs["days"] <= pairs["days_after"])
    lane = (pairs["lane"] == "") | (pairs["lane"] == pairs["finding_lane"])
    return pairs[until & within & lane].sort_values("distance_m", kind="stable")


def _decided(pairs: pd.DataFrame, decisions: pd.DataFrame | None) -> pd.DataFrame:
    """Return pairs with what was decided of each and by whom; proposed and nobody where nothing was."""
    if decisions is None or decisions.empty or pairs.empty:
        return pairs.assign(decision=PROPOSED, decided_by="")
    # not by the road: a record that a crosswalk carried on is the same one
    keys = ["record", "finding"]
    said = decisions.drop_duplicates(keys, keep="last").set_index(keys)
    at = pd.MultiIndex.from_frame(pairs[keys].astype(str))
    word, by = (said[c].reindex(at).to_numpy() for c in ("decision", "decided_by"))
    told = pairs.assign(decision=word, decided_by=by).fillna({"decision": PROPOSED, "decided_by": ""})
    return told.assign(decided_by=told["decided_by"].where(told["decision"] != PROPOSED, ""))


def _meant(records: pd.DataFrame) -> pd.DataFrame:
    """Return each report once for each kind of finding that its description names, with the rule of that kind."""
    given = records[records["reported_on"].notna()]
    given = given.assign(state=life_states(given), lane=given["lane"].fillna("").astype(str))
    said = given["description"].fillna("").astype(str)
    rules = read_table("report_matching")
    parts = [
        given[said.str.contains(rule["words"], case=False, regex=True)].assign(
            kind=rule["kind"], **{c: float(rule[c]) for c in ("distance_m", "days_before", "days_after")}
        )
        for rule in rules.to_dict("records")
    ]
    meant = pd.concat(parts, ignore_index=True).rename(columns={"distance_m": "reach"})
    days = {c: pd.to_datetime(meant[c]) for c in ("reported_on", "repaired_on")}
    return meant.assign(**days)


def _dated(findings: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    columns = ["finding", "frame", *_ROAD, "lane", "measure_m", "kind"]
    dated = findings[columns].merge(frames[["frame", "taken_at"]].drop_duplicates("frame"), on="frame")
    seen = pd.to_datetime(dated["taken_at"], utc=True).dt.tz_localize(None).dt.normalize()
    names = {"lane": "finding_lane", "measure_m": "finding_m"}
    return dated.assign(seen_on=seen).drop(columns="taken_at").rename(columns=names)


def _near(meant: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Return every report with every finding of its kind and road that lies within its reach."""
    keys = [*_ROAD, "kind"]
    group = pd.concat([meant[keys], seen[keys]]).astype(str).groupby(keys).ngroup().to_numpy(float)
    of_report, of_finding = group[: len(meant)] * _APART, group[len(meant) :] * _APART
    at = of_finding + seen["finding_m"].to_numpy(float)
    order = np.argsort(at, kind="stable")
    place = of_report + meant["measure_m"].to_numpy(float)
    reach = meant["reach"].to_numpy(float)
    first = np.searchsorted(at[order], place - reach, side="left")
    count = np.searchsorted(at[order], place + reach, side="right") - first
    row = np.repeat(np.arange(len(meant)), count)
    hit = order[np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())]
    pairs = meant.iloc[row].reset_index(drop=True)
    rest = seen.drop(columns=keys).iloc[hit].reset_index(drop=True)
    joined = pd.concat([pairs, rest], axis=1)
    return joined.assign(distance_m=(joined["finding_m"] - joined["measure_m"]).abs())
