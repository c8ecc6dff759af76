"""Homogeneous sections out of the store, with the rule they were found by."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from pavement.errors import PlanError, StoreError
from pavement.store import exports, runs, segments
from pavement.store.database import Store, open_store
from tests.store.made import cell_values, draft, network


def fill(store: Store) -> None:
    """Publish a kilometre that steps from 1.5 to 3 m/km at 25k+600, and have its segment table made."""
    runs.publish(store, network(), user="wang")
    values = cell_values(years=(2024,)).query("kind == 'iri'")
    values = values.assign(value=np.repeat([1.5, 3.0], [6, 4]) + 0.01 * (np.arange(10) % 2))
    runs.publish(store, draft("b", cell_values=values), user="wang")
    segments.segment_table(store)


@pytest.fixture
def stepped(filled_home, tmp_path: Path) -> Iterator[Store]:
    """Return such a store; its files are copied, so each test has its own."""
    with open_store(shutil.copytree(filled_home(fill), tmp_path / "stepped")) as opened:
        yield opened


@pytest.mark.parametrize("method", ["cda", "pelt"])
def test_sections_follow_the_step_and_tell_their_rule(stepped: Store, tmp_path: Path, method: str) -> None:
    out = exports.section_export(stepped, tmp_path / "s.csv", kind="iri", method=method, minimum=300, language="en")
    frame = pd.read_csv(out, encoding="utf-8-sig")
    assert frame["Mean"].tolist() == pytest.approx([1.505, 3.005])
    assert frame["To (posted)"].tolist() == ["N1 25k+600 southbound", "N1 26k+000 southbound"]
    assert frame["Rule"].str.startswith(f"{method}: 300 m or longer").all()


@pytest.mark.parametrize(
    ("method", "rule"), [("cda", "累積差異法（CDA）：最短 300 m，相鄰平均值"), ("pelt", "PELT 法：最短 300 m，懲罰值")]
)
def test_a_chinese_sheet_has_no_code_and_no_english_rule(
    stepped: Store, tmp_path: Path, method: str, rule: str
) -> None:
    out = exports.section_export(stepped, tmp_path / "s.csv", kind="iri", method=method, minimum=300)
    row = pd.read_csv(out, encoding="utf-8-sig").iloc[0]
    assert row["分段規則"].startswith(rule)
    assert "國際糙度指標 IRI" in row.astype(str).tolist()
    assert "南下" in row.astype(str).tolist()


def test_geopackage_holds_their_lines(stepped: Store, tmp_path: Path) -> None:
    out = exports.section_export(stepped, tmp_path / "s.gpkg", kind="iri", method="cda", minimum=300)
    layer = gpd.read_file(out, layer="homogeneous_sections")
    assert layer["cells"].tolist() == [6, 4]
    assert layer.geometry.length.round(0).tolist() == [603, 402]


def test_what_cannot_be_cut_is_said(stepped: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No kind 'smooth'"):
        exports.section_export(stepped, tmp_path / "s.csv", kind="smooth", method="cda", minimum=300)
    with pytest.raises(StoreError, match="No value of rut"):
        exports.section_export(stepped, tmp_path / "s.csv", kind="rut", method="cda", minimum=300)
    with pytest.raises(PlanError, match="cda or pelt"):
        exports.section_export(stepped, tmp_path / "s.csv", kind="iri", method="eye", minimum=300)
