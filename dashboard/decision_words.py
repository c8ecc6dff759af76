"""Decisions of people in the words of the pages: kinds, reasons, places, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard import i18n
from dashboard.i18n import change, number, t
from pavement.planning.slots import SLOTS

Row = Mapping[Any, Any]


def kind_text(kind: str) -> str:
    """Return what kind of decision it is in the present language."""
    words = {
        "propose": t("take back: as the plan proposes"),
        "commit": t("commit: do as planned"),
        "lock": t("lock: do as planned, no change"),
        "defer": t("defer: no work before a year"),
        "forbid": t("reject: forbid work or a treatment"),
        "replace": t("replace by another treatment or year"),
        "split": t("split the length at a chainage"),
        "join": t("join with the neighbour"),
        "complete": t("completed: put the work on record"),
    }
    return words.get(kind, kind)


def code_text(code: str) -> str:
    """Return a kind of reason in the present language."""
    table = i18n.named_table("decision_reasons")
    return i18n.pick(str(table.loc[code, "zh"]), str(table.loc[code, "en"])) if code in table.index else code


def status_line(row: Row) -> str:
    """Return the status of a work with why and by whom it was set: ``deferred – Budget: next year (lin)``."""
    said = i18n.status_text(str(row["status"]))
    reason = str(row.get("status_reason") or "")
    if not reason:
        return said
    code = code_text(str(row.get("status_code") or ""))
    why = f"{code}{t(': ')}{reason}" if code else reason
    return t("{status} – {why} ({user})", status=said, why=why, user=row.get("status_by") or "–")


def what_text(row: Row) -> str:
    """Return what was decided with what it asks for, in a line."""
    kind = str(row["kind"])
    treatment = i18n.treatment_text(str(row["treatment"])) if row["treatment"] else ""
    year = "" if pd.isna(row["year"]) else i18n.year_text(int(row["year"]))
    if kind == "defer":
        return t("no work before {year}", year=year)
    if kind == "forbid":
        return t("no {treatment}", treatment=treatment) if treatment else t("no work at all")
    if kind == "replace":
        own = "" if pd.isna(row["cost"]) else t(" at NT$ {cost}", cost=number(row["cost"]))
        return t("{treatment} in {year}", treatment=treatment, year=year) + own
    if kind == "split":
        return t("split at {place}", place=i18n.place(row["route"], row["direction"], row["lane"], row["at_m"]))
    words = {"commit": t("committed"), "lock": t("locked"), "join": t("joined into one length")}
    done = words.get(kind, kind)
    works = [t("{treatment} in {year}", treatment=treatment, year=year)] if treatment else []
    for slot in SLOTS[1:]:
        # an older plan has no columns of a third work, and one without any leaves them empty
        if row.get(slot) and not pd.isna(row[slot]):
            again = {"treatment": i18n.treatment_text(str(row[slot])), "year": i18n.year_text(int(row[f"{slot}_year"]))}
            works.append(t("{treatment} in {year}", **again))
    return f"{done}{t(': ')}{t(', ').join(works)}" if works else done


def cost_cells(row: Row) -> list[str]:
    """Return what a decision costs: fits, benefit lost, at most, money, and how it was found."""
    if row["fits"] == "no":
        return [t("does not fit: {why}", why=i18n.pick(row["why_zh"], row["why_en"])), "–", "–", "–", "–"]
    if not pd.isna(row["solved_lost"]):
        return [t("in force"), *_made_anew(row)]
    most = _thousands(row["lost_most"])
    # a plan kept before losses below 0 were left out may hold some
    if pd.isna(row["lost"]) or row["lost"] < 0:
        # without projects prices tell, but of a work that the length would not have by itself
        how = t("a bound only: what is lost is not known") if row["lost_most"] >= 0 else t("not reckoned: not known")
        return [t("in force"), "–", most, "–", how]
    spent = "–" if pd.isna(row["cost_change"]) else change(row["cost_change"])
    return [t("in force"), _thousands(row["lost"]), most, spent, t("at the prices of the plan")]


def _made_anew(row: Row) -> list[str]:
    most = _thousands(row["lost_most"])
    if not row["solved_lost"] > 0:
        return ["0", most, "–", t("plan made anew without it: nothing better found within the gap")]
    how = t("plan made anew without it")
    if row.get("objective") == "cost" and row["solved_lost"] < row["solved_cost"] - 1:
        how = t("plan made anew without it; lost is at most what the decided works cost, the rest is the search's gap")
    return [_thousands(row["solved_lost"]), most, change(row["solved_cost"]), how]


def _thousands(value: float) -> str:
    return "–" if pd.isna(value) else number(value / 1000, 1)
