"""``python -m sample_data OUT``: write the made freeway's survey packages."""

from __future__ import annotations

import argparse
from pathlib import Path

from sample_data.generate import SIZES, generate


def main() -> None:
    """Write the packages and print their folders in the order they must be ingested."""
    parser = argparse.ArgumentParser(prog="python -m sample_data", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to fill")
    parser.add_argument("--size", choices=sorted(SIZES), default="demo")
    parser.add_argument("--seed", type=int, default=20260101)
    given = parser.parse_args()
    for folder in generate(given.out, seed=given.seed, size=given.size):
        print(folder)


if __name__ == "__main__":
    main()
