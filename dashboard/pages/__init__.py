"""The pages, in the order of the menu."""

from dashboard.pages import (
    catalogue,
    length,
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
    length,
    run,
    report,
)

__all__ = ["PAGES"]
