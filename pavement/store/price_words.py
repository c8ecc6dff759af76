"""What is said of the prices of a plan: whose they are, and which are still to confirm."""

from __future__ import annotations

from collections.abc import Iterable

from pavement.store import catalogues, plans
from pavement.store.catalogues import SUPPLIED, KeptCatalogue
from pavement.store.database import Store

VERIFIED = "verified"


def plan_prices(store: Store, plan: plans.SavedPlan, *, language: str) -> str:
    """Return the sentence about the prices of the works of a plan, by the catalogue that it was made with."""
    used = plans.frame(store, plan, "actions")["treatment"]
    return price_note(catalogues.of_plan(store, plan), used, language=language)


def prices_verified(store: Store, plan: plans.SavedPlan) -> bool:
    """Return whether the agency has verified the row of every treatment that a plan uses."""
    used = set(plans.frame(store, plan, "actions")["treatment"])
    table = catalogues.of_plan(store, plan).treatments
    return bool((table.loc[table["treatment"].isin(used), "status"] == VERIFIED).all())


def price_note(kept: KeptCatalogue, used: Iterable[str], *, language: str) -> str:
    """
    Return the sentence about the prices of treatments.

    Parameters
    ----------
    kept
        The catalogue.
    used
        Treatments that count.
    language
        ``zh_TW`` or ``en``.
    """
    zh = language.startswith("zh")
    rows = kept.treatments[kept.treatments["treatment"].isin(set(used))]
    unsure = rows.loc[rows["status"] != VERIFIED, "zh" if zh else "en"].tolist()
    if kept.version == SUPPLIED and (unsure or rows.empty):
        return "單價為範例，待確認。" if zh else "Prices are examples, to confirm."
    if not unsure:
        return f"單價依目錄第 {kept.version} 版。" if zh else f"Prices of catalogue version {kept.version}."
    if zh:
        return f"單價依目錄第 {kept.version} 版；待確認：{'、'.join(unsure)}。"
    return f"Prices of catalogue version {kept.version}; to confirm: {', '.join(unsure)}."
