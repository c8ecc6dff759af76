"""
A few packages of the small freeway as zips, kept with the product for its journeys and examples.

Their surveys have ids of their own, so that sending one to the store of the demo stands beside its larger survey and
does not replace it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sample_data.generate import generate
from sample_data.manifest import MANIFEST
from sample_data.zips import zipped

FOLDER = Path(__file__).parent / "packages"
SEED = 20260101
PREFIX = "small-"
NAMES = ("00-network", "01-records", "13-2025-profile", "31-2025-frames")


def bundle(out: Path = FOLDER) -> list[Path]:
    """Write the zips and return their paths in the order they must be ingested."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        generate(Path(made), seed=SEED, size="small")
        return [zipped(renamed(Path(made) / name), out / f"{name}.zip") for name in NAMES]


def renamed(package: Path) -> Path:
    """Return the package, its survey id marked as that of the small freeway."""
    file = package / MANIFEST
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('\nid = "', f'\nid = "{PREFIX}', 1), encoding="utf-8")
    return package


if __name__ == "__main__":
    for written in bundle():
        print(f"{written.stat().st_size:>9,} {written}")
