"""How many examples a property test takes: a quarter of them by day, all of them by `make nightly`."""

import os

LEAST = 5


def examples(count: int) -> int:
    """Return the number of examples to try now of a `count` that is tried by night."""
    return count if os.environ.get("EVERY_EXAMPLE") else max(count // 4, min(count, LEAST))
