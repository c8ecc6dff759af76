"""What a verb reads before it begins: no library that it does not need."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = (
    *("pandas", "geopandas", "pyarrow", "xlsxwriter", "sqlalchemy", "alembic"),
    *("dash", "flask", "cv2", "lightgbm", "scipy", "ruptures", "highspy", "sklearn"),
)
SAID = f"import json, sys; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"


def heavy(home, *words):
    """Return the heavy libraries that a verb has read when it ends."""
    code = (
        "import sys; from typer.testing import CliRunner; from dashboard.cli import app; "
        f"done = CliRunner().invoke(app, {list(words)!r}); assert done.exit_code == 0, done.output; {SAID}"
    )
    given = os.environ | {"PAVEMENT_HOME": str(home)}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=given, check=False)
    assert told.returncode == 0, told.stderr
    return set(json.loads(told.stdout.splitlines()[-1]))


@pytest.mark.parametrize("words", [("--help",), ("ingest", "--help"), ("users", "--help"), ("calibrate", "--help")])
def test_help_reads_no_heavy_library(tmp_path, words):
    assert heavy(tmp_path, *words) == set()


def test_people_are_listed_without_what_maps_and_models_need(tmp_path):
    heavy(tmp_path, "init")
    # the tables are described by tables, which pandas reads with its optional pyarrow
    assert heavy(tmp_path, "users", "list") <= {"pandas", "pyarrow", "sqlalchemy"}
