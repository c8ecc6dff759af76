"""Staging: every data entry read, located and quantified; faults listed; nothing published yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from ingest.hashes import Contents
from ingest.main_route import kept_on_main
from ingest.manifest import Manifest
from ingest.network import OPTIONAL, TABLES, Network, known_network
from ingest.package import Package, shown
from ingest.readers import (
    distress,
    distress_survey,
    events,
    frames,
    fwd,
    gantries,
    gpr,
    lcms,
    longitudinal_profile,
    performance,
    records,
    tdcs,
    tmg,
    traffic,
    transverse_profile,
    weather,
    wim,
)
from ingest.readers import network as network_reader
from ingest.readers.reading import Context, Reading, joined
from ingest.report import NOTES
from ingest.work import Work
from pavement.condition.run_quality import no_checks
from pavement.errors import Fault, LocationError, PavementError, no_faults
from pavement.network.overlay import gather
from pavement.progress import Progress
from pavement.schema import schema, table_names
from pavement.settings import Settings
from pavement.store.batches import Batches

# in this order, so that what others refer to is there when they are read
READERS: dict[str, Callable[[Context], Reading]] = {
    "network": network_reader.read,
    "stations": weather.read_stations,
    "weather": weather.read,
    "works": records.read,
    "layers": records.read,
    "cores": records.read,
    "gpr": gpr.read,
    "sections": records.read,
    "gantries": gantries.read,
    "references": records.read,
    "traffic": traffic.read,
    "tdcs": tdcs.read,
    "tmg": tmg.read,
    "wim": wim.read,
    "distress": distress.read,
    "distress_survey": distress_survey.read,
    "performance": performance.read,
    "events": events.read,
    "fwd": fwd.read,
    "longitudinal_profile": longitudinal_profile.read,
    "lcms": lcms.read,
    "transverse_profile": transverse_profile.read,
    "frames": frames.read,
}

# files whose records are read without them
_MAY_LACK = ("photos", "images")
_NO_FILE = ("missing", "sha256", "empty", "unreadable")


@dataclass(frozen=True)
class Staging:
    """
    Rows by table, faults, objects by sha256, long tables and quality, ready to be published in one transaction.

    ``checks`` are those that readers themselves made, of which the quality is judged.
    """

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    faults: pd.DataFrame = field(default_factory=no_faults)
    objects: dict[str, bytes | Path] = field(default_factory=dict)
    long: dict[str, Batches] = field(default_factory=dict)
    quality: pd.DataFrame = field(default_factory=no_checks)
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {name: len(rows) for name, rows in (*self.tables.items(), *self.long.items())}

    @property
    def empty(self) -> bool:
        """Whether there is nothing to publish although there should be."""
        return not any(self.counts.values()) and bool((~self.faults["rule"].isin(NOTES)).any())


def staged(
    package: Package,
    manifest: Manifest,
    contents: Contents,
    *,
    published: Callable[[str], pd.DataFrame],
    settings: Settings,
    progress: Progress,
    today: dt.date,
    work: Work,
) -> Staging:
    """
    Return what a package holds, located and quantified.

    Parameters
    ----------
    package, manifest, contents
        What was received.
    published
        Table name → published rows, for the network, stations and works that records refer to.
    settings, progress
        As of :func:`ingest.run.ingest_package`.
    today
        Date in the agency's time zone.
    work
        Where unfinished work on the survey is kept.

    Raises
    ------
    LocationError
        There is no network, or so much lies off it that the CRS must be wrong: the position is unusable.
    """
    readings: list[Reading] = []
    faults: list[pd.DataFrame | list[Fault]] = [contents.faults]
    own: dict[str, list[pd.DataFrame]] = {}

    @cache
    def kept(table: str) -> pd.DataFrame:
        return published(table)

    def known(table: str) -> pd.DataFrame:
        rows = [*own.get(table, []), kept(table)]
        filled = [r for r in rows if len(r)]
        return pd.concat(filled, ignore_index=True) if filled else rows[-1]

    network: Network | None = None
    order = sorted(range(len(manifest.data)), key=lambda i: list(READERS).index(manifest.data[i].kind))
    for done, number in enumerate(order, start=1):
        data = manifest.data[number]
        if data.kind != "network" and network is None:
            network = known_network({t: kept(t) for t in (*TABLES, *OPTIONAL)})
        context = Context(
            manifest,
            data,
            contents.files[number],
            contents.verified[number],
            network,
            known,
            settings,
            progress,
            today,
            work,
        )
        reading = kept_on_main(_read(context, contents.faults), network)
        faults.append(reading.faults)
        readings.append(reading)
        for table, rows in reading.tables.items():
            own.setdefault(table, []).append(rows)
        if data.kind == "network":
            network = known_network(dict(reading.tables)) if reading.tables else None
        progress(done, len(order), "read")
    tables, repeated = _tables(own, shown(package.name))
    if network is not None and len(tables.get("events", ())):
        tables["cell_values"] = gather(tables["events"], network.cells, coverage_min=float(settings["coverage_min"]))
    objects = {digest: content for r in readings for digest, content in r.objects.items()}
    long, twice = _long(readings, shown(package.name))
    told = joined(*faults, _unverified(manifest, contents), repeated, twice)
    checked = [r.checks for r in readings if len(r.checks)]
    checks = pd.concat(checked, ignore_index=True) if checked else pd.DataFrame()
    return Staging(tables, told, objects, long, checks=checks)


def _read(context: Context, told: list[Fault]) -> Reading:
    """Return what an entry gives; an entry that cannot be read is a fault, unless the position is unusable."""
    absent = [role for role, found in context.files.items() if not found]
    if any(role not in _MAY_LACK for role in absent) and any(f.rule in _NO_FILE for f in told):
        return Reading({})
    try:
        return READERS[context.data.kind](context)
    except LocationError:
        raise
    except PavementError as error:
        name = shown(context.data.main)
        listed = [Fault(name, None, "", "", type(error).__name__, error.message, error.cure)]
        return Reading({}, joined(listed, error.faults))


def _unverified(manifest: Manifest, contents: Contents) -> list[Fault]:
    entries = zip(manifest.data, contents.verified, strict=True)
    names = sorted({shown(data.main or data.kind) for data, verified in entries if not verified})
    if not names:
        return []
    listed = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
    message = f"No sha256 for {listed}: measured values are of quality 'unverified'."
    cure = "List the hash of each file. An export of ours lists none where the values came without one: they stay so."
    return [Fault("manifest.toml", None, "sha256", "", "unverified", message, cure)]


def _tables(own: dict[str, list[pd.DataFrame]], file: str) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Return one frame a table, without keys that stand in two files (T14)."""
    tables: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name in [t for t in table_names() if t in own]:
        parts = own[name]
        rows = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
        keys = schema(name).query("key == 'yes'").index.tolist()
        again = rows.duplicated(keys) if keys and len(parts) > 1 else pd.Series(False, index=rows.index)
        for key in rows.loc[again, keys].astype("string").fillna("").agg(" ".join, axis=1) if again.any() else []:
            faults.append(_twice(name, "+".join(keys), key, file))
        tables[name] = rows[~again].reset_index(drop=True) if again.any() else rows
    return tables, faults


def _twice(name: str, column: str, key: str, file: str) -> Fault:
    message = f"{name} {key} stands in two files."
    return Fault(file, None, column, key, "duplicate", message, "Keep one row for each key.")


def _long(readings: list[Reading], file: str) -> tuple[dict[str, Batches], list[Fault]]:
    """Return long tables by name, without keys that stand in two files (T14)."""
    tables: dict[str, Batches] = {}
    faults: list[Fault] = []
    for name, rows in ((name, rows) for reading in readings for name, rows in reading.long.items()):
        if name not in tables:
            tables[name] = rows
            continue
        (key,) = schema(name).query("key == 'yes'").index
        again = tables[name].values_of(key) & rows.values_of(key)
        faults += [_twice(name, str(key), value, file) for value in sorted(again)]
        tables[name] = tables[name].followed_by(rows.without(key, again))
    return tables, faults
