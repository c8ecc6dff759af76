"""The gate before publishing: what was staged, judged against what the store holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ingest.manifest import Manifest
from ingest.report import NOTES
from ingest.staging import Staging
from pavement.condition.run_quality import RunValues, held, no_checks, run_quality
from pavement.condition.run_sensors import wheel_paths
from pavement.store import published, runs

if TYPE_CHECKING:
    from pavement.store.database import Store


def staged_quality(store: Store, ready: Staging, manifest: Manifest) -> pd.DataFrame:
    """
    Return the checks of what was staged, rows of table ``run_quality``; none where it brings no values of cells.

    Runs of the same survey are left out of what it is compared with: it corrects them.
    """
    values = ready.tables.get("cell_values")
    if values is None or values.empty:
        return no_checks()
    refused = int((~ready.faults["rule"].isin(NOTES)).sum())
    return run_quality(
        RunValues(
            measured=values,
            cells=_known(store, ready, "cells"),
            earlier=_others(store, values, manifest.survey),
            works=_known(store, ready, "works"),
            references=_known(store, ready, "references"),
            paths=wheel_paths(ready.tables.get("longitudinal_profile"), ready.tables.get("wheel_path_ruts")),
            refused=refused,
            read=sum(len(rows) for name, rows in ready.tables.items() if name != "cell_values") + refused,
            clocks=ready.checks,
        )
    )


def _known(store: Store, ready: Staging, name: str) -> pd.DataFrame:
    """Return the rows of a table that are in force, with those of the package."""
    own, known = ready.tables.get(name), published.table(store, name)
    if own is None or own.empty:
        return known
    return own if known.empty or name == "cells" else pd.concat([known, own], ignore_index=True)


def _others(store: Store, values: pd.DataFrame, survey: str) -> pd.DataFrame:
    kinds = [str(k) for k in values["kind"].unique()]
    known = published.table(store, "cell_values", filters=[("kind", "in", kinds)])
    surveys = runs.runs(store).set_index("run")["survey"]
    return known[known["run"].astype(str).map(surveys).ne(survey).to_numpy()]


def held_words(quality: pd.DataFrame) -> str:
    """Return why a run is held, in one line with what to do."""
    found = held(quality)
    said = ", ".join(
        f"{check} {kind} {value:.3g} {unit} {'<' if value < hold else '>'} {hold:.3g}"
        for check, kind, value, unit, hold in found[["check", "kind", "value", "unit", "hold"]].itertuples(index=False)
    )
    return (
        f"Held, not published, for its data cannot be trusted: {said}. "
        "Look at the page of the run, then release it with a reason or reject it."
    )
