"""A few packages of the small freeway as zips, kept with the product for its journeys and examples."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sample_data.generate import generate
from sample_data.zips import zipped

FOLDER = Path(__file__).parent / "packages"
SEED = 20260101
NAMES = ("00-network", "01-records", "13-2025-profile", "31-2025-frames")


def bundle(out: Path = FOLDER) -> list[Path]:
    """Write the zips and return their paths in the order they must be ingested."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        generate(Path(made), seed=SEED, size="small")
        return [zipped(Path(made) / name, out / f"{name}.zip") for name in NAMES]


if __name__ == "__main__":
    for written in bundle():
        print(f"{written.stat().st_size:>9,} {written}")
