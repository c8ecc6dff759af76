"""Publishing: what a package became, handed to the store in one transaction."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from ingest.known_records import known_records
from ingest.manifest import Manifest
from ingest.package import Package, shown
from ingest.readers.reading import joined
from ingest.staging import Staging
from pavement.condition.run_quality import held
from pavement.errors import Fault, LocationError
from pavement.network.crosswalk import uncovered
from pavement.schema import record_keys
from pavement.settings import Settings
from pavement.store import objects, published, runs

if TYPE_CHECKING:
    from pavement.store.database import Store


# of these a better survey has fewer rows
_OF_FAULTS = ("frame_coverage",)


def earlier(store: Store, run: str) -> str:
    """Return what became of this very run before, or "" when it was never published."""
    if not runs.has_run(store, run):
        return ""
    known = runs.runs(store).set_index("run")
    when = str(known.loc[run, "published_at"])[:16].replace("T", " ")
    said = (
        f"This package is already here: published {when} UTC by {known.loc[run, 'published_by']}; nothing was changed."
    )
    if known.loc[run, "state"] == "published":
        return said
    if known.loc[run, "state"] == runs.HELD:
        return f"{said} It is held; on its page, or by pavement release, it is published."
    later = known[known["supersedes"] == run].index
    if known.loc[run, "state"] == "withdrawn":
        return f"{said} It is withdrawn; on its page, or by pavement reinstate, it comes back in force."
    newer = f" It was superseded by run {later[0][:12]}." if len(later) else f" It is {known.loc[run, 'state']}."
    return said + newer


def published_table(store: Store, name: str) -> pd.DataFrame:
    """Return the published rows of a table."""
    return published.table(store, name)


def network_run(store: Store) -> str:
    """Return the run whose network is in force; what a package becomes depends on it."""
    rows = published.table(store, "routes", columns=["route"])
    return " ".join(sorted(set(rows["run"].astype(str))))


def require_own_routes(store: Store, ready: Staging, survey: str) -> None:
    """
    Raise where a network would stand beside another one with the same routes, and every cell would be there twice.

    Raises
    ------
    LocationError
        A route and direction of the package is in force under another survey.
    """
    known = published_table(store, "routes")
    if "routes" not in ready.tables or known.empty:
        return
    surveys = runs.runs(store).set_index("run")["survey"]
    keys = ["route", "direction"]
    mine = pd.MultiIndex.from_frame(ready.tables["routes"][keys])
    other = known[pd.MultiIndex.from_frame(known[keys]).isin(mine) & known["run"].map(surveys).ne(survey).to_numpy()]
    if len(other):
        first = other.iloc[0]
        raise LocationError(
            f"{first['route']} {first['direction']} is in force under the survey {surveys[first['run']]}, "
            f"and this package calls itself {survey}.",
            cure=f"To replace that network, give this one the survey id {surveys[first['run']]} in its manifest.",
        )


def without_clashes(store: Store, ready: Staging, manifest: Manifest) -> Staging:
    """Return what may be published beside the records in force under other surveys (T14)."""
    surveys = runs.runs(store).set_index("run")["survey"]
    tables, faults = dict(ready.tables), [ready.faults]
    for name in [t for t in ready.tables if record_keys(t)]:
        known = published_table(store, name)
        others = known[known["run"].astype(str).map(surveys).ne(manifest.survey).to_numpy()]
        files = ", ".join(sorted({shown(data.main) for data in manifest.data if data.kind == name}))
        tables[name], found = known_records(ready.tables[name], name, others, file=files or name)
        faults.append(found)
    return replace(ready, tables=tables, faults=joined(*faults))


def told_of_breaks(store: Store, ready: Staging, manifest: Manifest) -> Staging:
    """Return what will be published, with a note for each route whose history stays behind (G10)."""
    former = published_table(store, "routes")
    if "routes" not in ready.tables or former.empty:
        return ready
    own = former[former["run"].astype(str).isin(_in_force(store, manifest.survey))]
    routes = ready.tables["routes"][["route", "direction", "version"]]
    lost = uncovered(pd.DataFrame(own), ready.tables.get("crosswalk", pd.DataFrame()), routes)
    cure = "Add a crosswalk to the network's package, or let the series begin anew."
    said = [
        (f"{row.route} {row.direction}", f"{row.lost_m:,.0f} m of its version {row.version} lie nowhere in this one")
        for row in lost.itertuples()
    ]
    notes = [
        Fault("manifest.toml", None, "version", place, "break in series", f"{place}: {text}. What was measured there "
              "no longer counts.", cure)
        for place, text in said
    ]  # fmt: skip
    return replace(ready, faults=joined(ready.faults, notes))


def _in_force(store: Store, survey: str) -> set[str]:
    known = runs.runs(store)
    return set(known.loc[(known["survey"] == survey) & (known["state"] == "published"), "run"])


def told_of_fewer(store: Store, ready: Staging, manifest: Manifest) -> Staging:
    """Return what will be published, with a note where it replaces much more of the same survey."""
    known = runs.runs(store)
    former = known[(known["survey"] == manifest.survey) & (known["state"] == "published")]
    if former.empty:
        return ready
    row = former.iloc[0]
    counts = {name: count for name, count in json.loads(row["counts"]).items() if name not in _OF_FAULTS}
    had = {name: count for name, count in counts.items() if ready.counts.get(name, 0) < count / 2}
    if not had:
        return ready
    listed = ", ".join(f"{name} {count:,} → {ready.counts.get(name, 0):,}" for name, count in had.items())
    message = f"This replaces run {row['run'][:12]} of the survey {manifest.survey}, which held much more: {listed}."
    cure = "If it is only a part, withdraw it (the former run comes back) and send it under a survey id of its own."
    note = [Fault("manifest.toml", None, "id", manifest.survey, "fewer", message, cure)]
    return replace(ready, faults=joined(note, ready.faults))


def publish(
    store: Store,
    run: str,
    package: Package,
    manifest: Manifest,
    ready: Staging,
    *,
    settings: Settings,
    reader: str,
    user: str,
) -> bool:
    """
    Keep the objects of a run, then publish its rows; return whether they are held instead, for checks say so.

    Raises
    ------
    StoreError
        The store refuses; no row of the run is visible then.
    """
    for content in ready.objects.values():
        objects.put(store, content)
    zone = ZoneInfo(str(settings["timezone"]))
    own_network = any(data.kind == "network" for data in manifest.data)
    files = {name: file.sha256 for name, file in sorted(package.files.items())}
    checks = held(ready.quality)
    failed = [f"{check} {kind}".strip() for check, kind in zip(checks["check"], checks["kind"], strict=True)]
    draft = runs.RunDraft(
        run=run,
        survey=manifest.survey,
        package=package.name,
        title=manifest.title,
        operator=manifest.operator,
        vehicle=manifest.vehicle,
        surveyed_on=manifest.started.astimezone(zone).date(),
        manifest=asdict(manifest)
        | {"files": files, "reader": reader, "coverage_min": settings["coverage_min"]}
        | _image_parameters(manifest, settings),
        tables={name: rows for name, rows in ready.tables.items() if len(rows)},
        long={name: rows for name, rows in ready.long.items() if len(rows)},
        faults=ready.faults,
        network=run if own_network else network_run(store),
        quality=ready.quality,
        state=runs.HELD if len(failed) else runs.PUBLISHED,
        action="hold" if len(failed) else "publish",
        detail={"checks": failed} if len(failed) else {},
    )
    runs.publish(store, draft, user=user)
    return bool(failed)


def _image_parameters(manifest: Manifest, settings: Settings) -> dict[str, dict[str, float]]:
    """Return the thresholds that frames of a run were measured with and that are not those of the table."""
    chosen = settings["image_parameters"]
    framed = any(data.kind == "frames" for data in manifest.data)
    return {"image_parameters": chosen} if framed and chosen else {}
