"""Real input through the whole path: real survey frames to cells and scores, real histories to judged forecasts.

Run by ``make real``; needs ../shared. Prints the tables that ``docs/benchmarks.md`` keeps.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import deterioration, real_imagery

SHARED = Path(__file__).resolve().parents[2] / "shared"


def main() -> int:
    """Run both, in a home folder of their own, and return the exit status."""
    if not SHARED.is_dir():
        print(f"The real data are not here: {SHARED} is absent. Nothing was run.")
        return 1
    print("== Real survey frames: BR-290 and BR-386")
    with tempfile.TemporaryDirectory() as home:
        real_imagery.main(Path(home))
    print("\n== Real histories: LTPP")
    deterioration.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
