"""What a meeting asks of a plan in its report: limits and their use, what people decided, and approval."""

from __future__ import annotations

import pandas as pd

from pavement.planning.limits import LEAST, PENALTY, limit_kinds
from pavement.schema import measures
from pavement.store import plans
from pavement.store.database import Store
from pavement.store.decisions_export import decision_heads, decisions_in_words
from pavement.store.plan_review import review
from pavement.units import unit_sign

_LIMITS = {
    "id": ("限制", "Limit"),
    "what": ("限制項目", "What is limited"),
    "year": ("年度", "Year"),
    "used": ("使用", "Used"),
    "side": ("", ""),
    "limit": ("限制值", "Limit value"),
    "unit": ("單位", "Unit"),
}
_DECISIONS = (
    "decision", "from_posted", "to_posted", "lane", "kind", "treatment", "year", "cost", "code", "reason",
    "decided_by", "fits", "lost_most", "solved_lost",
)  # fmt: skip
# in Chinese and English, with the counts of the check list
_APPROVED = (
    "{by} 於 {day} 核定：{reason}。核定時檢核：{stop} 項須先解決、{doubt} 項須判斷、{look} 項供參考。",
    "Approved by {by} on {day}: {reason}. Check list then: {stop} to be solved, {doubt} to be judged, {look} to see.",
)
_OPEN = (
    "尚未核定。檢核：{stop} 項須先解決、{doubt} 項須判斷、{look} 項供參考。",
    "Not approved. Its check list: {stop} to be solved, {doubt} to be judged, {look} to see.",
)


def limits_used(store: Store, plan: plans.SavedPlan, *, language: str) -> pd.DataFrame:
    """Return the limits of a plan and what it uses of each, in words; empty where money alone is limited."""
    frame = plans.frame(store, plan, "limits") if "limits" in plan.objects else pd.DataFrame()
    if frame.empty:
        return frame
    at, word = (0, "zh") if language.startswith("zh") else (1, "en")
    scopes = measures()[word].to_dict() | {PENALTY: ("綜合劣化", "condition penalty")[at]}
    told = frame.assign(
        what=(
            frame["kind"].map(limit_kinds()[word]) + " " + frame["scope"].map(lambda s: scopes.get(s, s))
        ).str.strip(),
        side=frame["side"].map({LEAST: "≥"}).fillna("≤"),
        unit=[unit_sign(str(unit), language=language) for unit in frame["unit"]],
        year=frame["year"].astype(int).astype(str),
    )
    for name in ("used", "limit"):
        told[name] = [f"{v:,.0f}" if abs(v) >= 1000 else f"{v:,.2f}" for v in frame[name].astype(float)]
    return told[list(_LIMITS)].rename(columns={name: pair[at] for name, pair in _LIMITS.items()})


def decisions_told(store: Store, plan: plans.SavedPlan, *, language: str) -> pd.DataFrame:
    """Return what people decided before a plan was made, and what each costs; empty where nobody did."""
    shown = decisions_in_words(store, plan, language=language)
    told = shown[[c for c in _DECISIONS if c in shown]]
    numbers = [c for c in ("cost", "lost_most", "solved_lost") if c in told]
    words = {c: ["" if v != v else f"{v:,.0f}" for v in told[c].astype(float)] for c in numbers}
    years = {"year": ["" if v != v else f"{v:.0f}" for v in told["year"].astype(float)]}
    return told.assign(**words, **years).rename(columns=decision_heads(language))


def approval_words(store: Store, plan: plans.SavedPlan, *, language: str) -> str:
    """Return who approved a plan, when and why, or that nobody did, with what its check list counts."""
    at = 0 if language.startswith("zh") else 1
    held = plans.approval(store, plan.plan)
    if held is not None:
        counts = {name: held.checks.get(name, 0) for name in ("stop", "doubt", "look")}
        return _APPROVED[at].format(
            by=held.approved_by, day=str(held.approved_at)[:10], reason=held.reason.rstrip("。."), **counts
        )
    found = review(store, plan)
    severity = found["severity"].value_counts() if len(found) else {}
    return _OPEN[at].format(**{name: int(severity.get(name, 0)) for name in ("stop", "doubt", "look")})
