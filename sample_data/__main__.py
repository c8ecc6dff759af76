"""
``python -m sample_data OUT``: write the made freeway's survey packages.

With ``--broken`` one package a known fault instead, with ``--range`` a survey of range images.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sample_data.faulty import FAULTS, KNOWN
from sample_data.generate import SIZES, generate
from sample_data.range_images import write_range_survey
from sample_data.zips import zipped


def broken(out: Path) -> Iterator[tuple[str, Path]]:
    """Write every broken package as a zip to upload; yield its name and path."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for name, make in FAULTS.items():
            made = make(Path(place) / name)
            path = out / f"{name}.zip"
            yield name, zipped(made, path) if made.is_dir() else made.replace(path)


def main() -> None:
    """Write the packages and print their paths in the order they must be ingested."""
    parser = argparse.ArgumentParser(prog="python -m sample_data", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to fill")
    parser.add_argument("--size", choices=sorted(SIZES), default="demo")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--broken", action="store_true", help="write one broken package a known fault instead")
    parser.add_argument("--range", action="store_true", help="write a survey of range images and its truth instead")
    given = parser.parse_args()
    if given.range:
        print(write_range_survey(given.out / "35-2025-range", seed=given.seed))
        return
    if given.broken:
        for name, path in broken(given.out):
            print(f"{KNOWN[name].fault:4} {KNOWN[name].state:10} {path}")
        return
    for folder in generate(given.out, seed=given.seed, size=given.size):
        print(folder)


if __name__ == "__main__":
    main()
