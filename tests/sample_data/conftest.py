"""The small freeway, made once for all tests of this room."""

from pathlib import Path

import pytest

from sample_data.generate import generate

SEED = 20260101


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the small sample: packages and truth."""
    out = tmp_path_factory.mktemp("small")
    generate(out, seed=SEED, size="small")
    return out
