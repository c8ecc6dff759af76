"""The pages, in the order of the menu."""

from dashboard.pages import (
    catalogue,
    map,
    models,
    plan,
    quality,
    report,
    reports,
    run,
    scenarios,
    segment,
    segments,
    upload,
    worklist,
)

PAGES = (
    map,
    segments,
    worklist,
    plan,
    scenarios,
    catalogue,
    models,
    reports,
    quality,
    upload,
    segment,
    run,
    report,
)

__all__ = ["PAGES"]
