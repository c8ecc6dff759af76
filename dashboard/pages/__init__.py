"""The pages, in the order of the menu."""

from dashboard.pages import map, models, plan, quality, run, segment, segments, upload, worklist

PAGES = (map, segments, worklist, plan, models, quality, upload, segment, run)

__all__ = ["PAGES"]
