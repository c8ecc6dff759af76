"""Tables of many rows: T17 of the acceptance list."""

import pandas as pd
import pytest

from ingest.manifest import Data
from ingest.sheets import sheet
from pavement.errors import SurveyError
from tests.ingest.builders import kept_file


def read(tmp_path, settings, content, *, name="a.csv", kind="works", **how):
    return sheet(kept_file(tmp_path / name, content), Data(kind, {}, **how), settings=settings)


def test_t17_rows_are_limited_by_a_setting(tmp_path, settings):
    with pytest.raises(SurveyError, match="rows_limit"):
        read(tmp_path, settings.replaced(rows_limit=10), "a,b\n" + "1,2\n" * 50)


_READ = """
import resource, sys
from pathlib import Path
from ingest.manifest import Data
from ingest.package import PackageFile
from ingest.sheets import sheet
from pavement.settings import load_settings
file = Path(sys.argv[1])
found = sheet(PackageFile(file.name, file, "0" * 64, file.stat().st_size), Data("longitudinal_profile", {}),
              settings=load_settings(environment={"PAVEMENT_HOME": sys.argv[2]}))
print(len(found.frame), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_t17_rows_of_a_dense_sheet_are_streamed_and_packed(tmp_path):
    """T17: memory rises by under 90 bytes a row (a list of texts took 650): 10 million rows take about 1 GB."""
    import subprocess
    import sys

    peaks = {}
    for rows in (120_000, 400_000):
        file = tmp_path / f"{rows}.csv"
        lines = (f"N1,S,1,{10_000 + 0.001 * at:.3f},{0.001 * (at % 977):.5f},0.00{at % 7}\n" for at in range(rows))
        with file.open("w", encoding="utf-8") as stream:
            stream.write("route,direction,lane,measure_m,elevation_left,elevation_right\n")
            stream.writelines(lines)
        told = subprocess.run(
            [sys.executable, "-c", _READ, str(file), str(tmp_path)], capture_output=True, text=True, check=True
        )
        count, peaks[rows] = map(int, told.stdout.split())
        assert count == rows
    slope = (peaks[400_000] - peaks[120_000]) * 1024 / 280_000
    assert slope < 90, f"{slope:.0f} bytes a row"


def test_t17_packed_cells_say_what_was_written(tmp_path, settings, monkeypatch):
    """T17, T6: streaming changes no cell: names with leading zeros, 1E5 and gaps are what they were in one piece."""
    from ingest import sheets

    lines = ["route,direction,lane,measure_m,elevation_left,elevation_right"]
    lines += [f"{'007' if at % 5 else '1E5'},S,{at % 3},{at}.5,{'' if at % 4 == 0 else -0.001 * at},1e-0{at % 9 + 1}"
              for at in range(100)]  # fmt: skip
    text = "\n".join([*lines[:50], "broken,row", *lines[50:], "N1,S,x,far,0.1,0.2"])

    def cells():
        found = read(tmp_path, settings, text, kind="longitudinal_profile")
        frame = found.frame.astype(object).where(found.frame.notna(), "")
        number = pd.to_numeric(frame.melt()["value"], errors="coerce")
        return frame.astype(str).melt()["value"].where(number.isna(), number.astype(object)), found.rows, found.faults

    whole = cells()
    monkeypatch.setattr(sheets, "_PIECE", 7)
    pieces = cells()
    pd.testing.assert_series_equal(pieces[0], whole[0])
    assert (pieces[1] == whole[1]).all()
    assert pieces[2] == whole[2]
    assert set(read(tmp_path, settings, text, kind="longitudinal_profile").frame["route"]) == {"007", "1E5", "N1"}
