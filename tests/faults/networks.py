"""Networks, and events on them, for the tests of geometry."""

import json

from ingest.run import ingest_package
from tests.ingest.builders import NETWORK, X, Y, network_files, package

STRAIGHT = [[X, Y], [X, Y - 2000]]


def collection(*features, crs="urn:ogc:def:crs:EPSG::3826"):
    said = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", **said, "features": list(features)})


def networked(store, settings, tmp_path, *, survey=None, **files):
    folder = package(
        tmp_path / "n", network_files(**{k.replace("_", "."): v for k, v in files.items()}), NETWORK, **(survey or {})
    )
    return ingest_package(folder, store=store, settings=settings)


def events(served, settings, tmp_path, lines, *, header="route,direction,lane,from_m,to_m,kind,value", **survey):
    text = header + "\n" + "\n".join(lines) + "\n"
    folder = package(tmp_path / "e", {"a.csv": text}, [{"kind": "events", "file": "a.csv"}], **survey)
    return ingest_package(folder, store=served, settings=settings)
