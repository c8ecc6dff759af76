"""The segment table: made once for each data version, rebuilt when damaged, never of two versions (C3, F18)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pavement.condition import segment_table as tables
from pavement.errors import StoreError
from pavement.store import published, runs, segments
from pavement.store.database import Store, open_store
from tests.store.made import cell_values, cells, draft, network, works


def fill(store: Store) -> None:
    """Publish cells, works and one survey."""
    runs.publish(store, network(), user="wang")
    runs.publish(store, draft("b", survey="s", cell_values=cell_values(), works=works()), user="wang")


@pytest.fixture
def filled(filled_home, tmp_path: Path) -> Iterator[Store]:
    """Return a store with cells, works and one survey, whose segment table nobody has asked for yet."""
    with open_store(shutil.copytree(filled_home(fill), tmp_path / "filled")) as opened:
        yield opened


@pytest.fixture
def asked(filled_home, tmp_path: Path) -> Iterator[Store]:
    """Return such a store whose segment table is kept already."""
    with open_store(shutil.copytree(filled_home(fill_and_ask), tmp_path / "asked")) as opened:
        yield opened


def fill_and_ask(store: Store) -> None:
    fill(store)
    segments.segment_table(store)


def test_each_value_has_its_run_and_quality(asked: Store) -> None:
    table = segments.segment_table(asked)
    assert len(table) == 20
    assert table.crs == asked.crs
    row = table[(table["cell"] == "n1-s-1-025300") & (table["year"] == 2024)].iloc[0]
    assert (row["iri"], row["iri_run"], row["iri_quality"]) == (pytest.approx(1.8), "b" * 64, "measured")
    # the overlay of 2020-08-01 covers the first five cells only
    aged = table[table["year"] == 2024].set_index("cell")["age"]
    assert aged["n1-s-1-025000"] == pytest.approx(3.6, abs=1.0)
    assert np.isnan(aged["n1-s-1-025500"])


def counts(year: int) -> pd.DataFrame:
    place = {"route": "N1", "direction": "S", "from_m": 25_000.0, "to_m": 26_000.0}
    return pd.DataFrame([{"counter": "c", **place, "year": year, "vehicle_class": "42", "aadt": 500.0}])


def test_what_was_counted_is_there_without_any_survey(store: Store) -> None:
    runs.publish(store, network(), user="wang")
    runs.publish(store, draft("c", survey="t", traffic=counts(2022)), user="wang")
    table = segments.segment_table(store)
    assert set(table["year"]) == {2022}
    assert (table["esal"] > 0).any()


def test_counts_after_the_last_survey_have_their_year(filled: Store) -> None:
    runs.publish(filled, draft("c", survey="t", traffic=counts(2026)), user="wang")
    assert segments.years(filled) == [2023, 2024, 2025, 2026]
    table = segments.segment_table(filled)
    assert table.loc[table["year"] == 2026, "aadt_quality"].dropna().unique().tolist() == ["measured"]


def test_it_is_made_once_and_again_for_new_data(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    make = tables.segment_table

    def counted(*given, **options):
        made.append(1)
        return make(*given, **options)

    monkeypatch.setattr(tables, "segment_table", counted)
    first = segments.segment_table(filled)
    again = segments.segment_table(filled)
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(again), check_dtype=False, check_categorical=False)
    assert len(made) == 1
    runs.publish(filled, draft("c", survey="s", cell_values=cell_values(iri=3.0)), user="wang")
    table = segments.segment_table(filled)
    assert len(made) == 2
    assert set(table["iri_run"].dropna()) == {"c" * 64}
    assert table["iri"].min() == pytest.approx(3.0)
    assert len(list((filled.home / "cache").glob("segments-*"))) == 1


@pytest.mark.parametrize(
    "how", ["cut", *(pytest.param(how, marks=pytest.mark.nightly) for how in ("empty", "flipped"))]
)
def test_a_damaged_cache_is_made_again(asked: Store, how: str) -> None:
    kept = list((asked.home / "cache").glob("*.parquet"))
    assert len(kept) == 3
    for file in kept:
        content = bytearray(file.read_bytes())
        content[200] ^= 255
        file.write_bytes({"cut": content[:-9], "empty": b"", "flipped": content}[how])
    table = segments.segment_table(asked)
    assert table["iri"].tolist() == pytest.approx(
        cell_values().query("kind == 'iri'").groupby(["cell", "year"])["value"].first()
    )
    assert len(segments.provenance(asked, "n1-s-1-025000")) >= 4


def test_provenance_of_a_cell_names_the_surveys(filled: Store) -> None:
    found = segments.provenance(filled, "n1-s-1-025300")
    measured = found[found["kind"].isin(["iri", "rut"])]
    assert measured["year"].tolist() == [2024, 2024, 2023, 2023]
    assert set(measured["title"]) == {"Survey b"}
    assert set(measured["method"]) == {"made"}
    assert "age" in set(found["kind"])
    assert found["run"].notna().all()
    assert segments.provenance(filled, "nowhere").empty


def test_provenance_is_the_same_from_the_cache(filled: Store) -> None:
    first = segments.provenance(filled, "n1-s-1-025300")
    pd.testing.assert_frame_equal(first, segments.provenance(filled, "n1-s-1-025300"), check_dtype=False)
    # indices of all cells are kept with the table; those of a cell alone are the same
    segments.segment_table(filled)
    assert list((filled.home / "cache").glob("indices-*"))
    kept = segments.provenance(filled, "n1-s-1-025300")
    assert kept["method"].str.contains("index_terms|SCANNER|PCI|pci").any()
    pd.testing.assert_frame_equal(first, kept, check_dtype=False)


def test_c3_a_table_is_of_one_version_while_others_publish(filled: Store) -> None:
    calls: list[int] = []

    def read(store: Store) -> int:
        calls.append(1)
        if len(calls) == 1:
            runs.publish(store, draft("d", works=works(work="w9")), user="wang")
        return len(published.table(store, "works"))

    assert segments.of_one_version(filled, read) == (3, 2)
    assert len(calls) == 2


def test_c3_endless_publishing_is_said(filled: Store) -> None:
    names = iter("efghijklmn")

    def read(store: Store) -> None:
        runs.publish(store, draft(next(names), works=works()), user="wang")

    with pytest.raises(StoreError, match="again and again"):
        segments.of_one_version(filled, read)


def test_an_empty_store_has_an_empty_table(store: Store) -> None:
    assert len(segments.segment_table(store)) == 0
    runs.publish(store, draft("a", cells=cells()), user="wang")
    assert len(segments.segment_table(store)) == 0
