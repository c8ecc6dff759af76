"""One survey package, from quarantine to published: the verb that both faces call."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ingest.gate import held_words, staged_quality
from ingest.hashes import contents, run_id
from ingest.layer_changes import told_of_weaker
from ingest.manifest import FILE, Manifest, read_manifest
from ingest.package import Package, received
from ingest.publication import (
    earlier,
    network_run,
    publish,
    published_table,
    require_own_routes,
    told_of_breaks,
    told_of_fewer,
    without_clashes,
)
from ingest.report import RunReport, fault_line
from ingest.staging import Staging, staged
from ingest.work import Work, survey_work
from pavement.errors import ManifestError, PavementError, StoreError
from pavement.progress import Progress, silent
from pavement.settings import Settings

if TYPE_CHECKING:
    from pavement.store.database import Store

# raise it when a reader gives other values for the same files
READER = "7"
_SETTINGS = ("crs", "timezone", "cell_length", "coverage_min")
_TABLES = (
    "axle_bins",
    "imagery",
    "measure_limits",
    "measures",
    "pci_corrections",
    "pci_deducts",
    "pci_distresses",
    "pci_potholes",
    "route_names",
    "run_checks",
    "severity",
    "temperature_terms",
    "treatments",
    "truck_factors",
    "units",
)


def ingest_package(
    path: Path, *, store: Store, settings: Settings, progress: Progress = silent, user: str = "cli"
) -> RunReport:
    """
    Receive, read, locate, quantify and publish a survey package.

    Parameters
    ----------
    path
        Folder or zip with a ``manifest.toml``.
    store
        Where it is published, in one transaction.
    settings
        Limits and rules.
    progress
        Told how far it is; may raise :class:`pavement.errors.Cancelled`, which leaves nothing in the store. Frames
        that are finished then are kept aside until the survey is published, and not worked on again.
    user
        Who ingests it, for the audit.

    Returns
    -------
    report
        ``published``, ``held`` when its data cannot be trusted (kept, but read by nobody until somebody releases it),
        ``unchanged`` when this very package is already there, or ``refused``: then the store is as it was, and the
        message says why and what to do.

    Raises
    ------
    StoreError
        The store itself cannot be read or written.
    """
    package_name = Path(path).name
    try:
        with received(Path(path), settings=settings, progress=progress) as package:
            manifest = _manifest(package)
            with survey_work(manifest.survey, settings=settings) as work:
                report = _ingested(
                    package, manifest, work, store=store, settings=settings, progress=progress, user=user
                )
                if report.state != "refused":
                    work.finish()
                return report
    except StoreError:
        raise
    except PavementError as error:
        return RunReport("", package_name, "refused", {}, error.faults, str(error))


def _ingested(
    package: Package,
    manifest: Manifest,
    work: Work,
    *,
    store: Store,
    settings: Settings,
    progress: Progress,
    user: str,
) -> RunReport:
    found = contents(package, manifest)
    run = run_id(package, manifest, reader=READER, settings=_what_matters(manifest, store, settings))
    if before := earlier(store, run):
        return RunReport(run, manifest.survey, "unchanged", message=before)
    today = dt.datetime.now(ZoneInfo(str(settings["timezone"]))).date()
    try:
        ready = staged(
            package,
            manifest,
            found,
            published=lambda table: published_table(store, table),
            settings=settings,
            progress=progress,
            today=today,
            work=work,
        )
        require_own_routes(store, ready, manifest.survey)
        ready = told_of_fewer(store, without_clashes(store, ready, manifest), manifest)
        ready = told_of_weaker(store, told_of_breaks(store, ready, manifest), manifest)
    except StoreError:
        raise
    except PavementError as error:
        return RunReport(run, manifest.survey, "refused", {}, error.faults, str(error))
    if ready.empty:
        message = f"No record could be used: {_first(ready)}"
        return RunReport(run, manifest.survey, "refused", {}, ready.faults, message)
    progress(0, 1, "publish")
    ready = replace(ready, quality=staged_quality(store, ready, manifest))
    try:
        hold = publish(store, run, package, manifest, ready, settings=settings, reader=READER, user=user)
    except StoreError:
        # another program may have published the very same package in the meantime
        if before := earlier(store, run):
            return RunReport(run, manifest.survey, "unchanged", message=before)
        raise
    progress(1, 1, "publish")
    if hold:
        return RunReport(run, manifest.survey, "held", ready.counts, ready.faults, held_words(ready.quality))
    return RunReport(run, manifest.survey, "published", ready.counts, ready.faults, _summary(ready))


def _manifest(package: Package) -> Manifest:
    if FILE not in package.files:
        raise ManifestError(f"{package.name} has no {FILE}.", cure="Put it at the top of the folder or zip.")
    file = package.files[FILE]
    if file.size > 1 << 24:
        raise ManifestError(f"{FILE} has {file.size:,} bytes.", cure="A manifest is a short text.")
    return read_manifest(file.path.read_bytes())


def _what_matters(manifest: Manifest, store: Store, settings: Settings) -> dict[str, str]:
    """Return what besides its files decides what a package becomes."""
    matters = {name: str(settings[name]) for name in _SETTINGS}
    if all(data.kind != "network" for data in manifest.data):
        matters["network"] = network_run(store)
    if any(data.kind == "frames" for data in manifest.data):
        matters["engine"] = _engine(settings)
        if chosen := settings["image_parameters"]:
            matters["image_parameters"] = json.dumps(chosen, sort_keys=True)
    digest = hashlib.sha256()
    for table in sorted(files("ingest").joinpath("formats").iterdir(), key=lambda t: t.name):
        if table.name.endswith(".csv"):
            digest.update(table.read_bytes())
    for name in _TABLES:
        table = files("pavement").joinpath(f"tables/{name}.csv")
        digest.update(table.read_bytes() if table.is_file() else b"")
    return matters | {"tables": digest.hexdigest()}


def _engine(settings: Settings) -> str:
    # what finds cracks is slow to import and not needed by a package of sheets
    from ingest.imagery.engines import engine_name

    return engine_name(str(settings.get("crack_engine", "classical")))


def _first(ready: Staging) -> str:
    return fault_line(RunReport("", "", "refused", {}, ready.faults).rejected.iloc[0].to_dict())


def _summary(ready: Staging) -> str:
    rejected = len(RunReport("", "", "published", {}, ready.faults).rejected)
    rows = sum(ready.counts.values())
    return f"{rows:,} rows published, {rejected:,} fault(s) listed."
