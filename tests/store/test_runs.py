"""Publishing: all or nothing, once, and superseding (F17, F18)."""

import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy as sa
from geopandas.testing import assert_geodataframe_equal

from pavement.errors import StoreError
from pavement.schema import schema
from pavement.store import audit, parquet, published, runs
from pavement.store.database import Store, reading
from pavement.store.tables import PART, RUN
from tests.store.made import CRS, cell_values, cells, draft, network, works


def test_published_rows_come_back_as_they_went_in(store: Store) -> None:
    assert runs.publish(store, network(), user="wang") == 1
    found = published.table(store, "cells")
    assert found["run"].unique().tolist() == ["a" * 64]
    assert_geodataframe_equal(found.drop(columns="run"), cells(), check_like=True)
    assert found.crs == CRS


def test_dense_rows_come_back_as_they_went_in(store: Store) -> None:
    runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    found = published.table(store, "cell_values")
    pd.testing.assert_frame_equal(
        found[cell_values().columns], cell_values(), check_dtype=False, check_column_type=False
    )
    assert found["run"].astype(str).unique().tolist() == ["b" * 64]


def test_empty_optional_cells_stay_empty(store: Store) -> None:
    runs.publish(store, draft("w", works=works()), user="wang")
    row = published.table(store, "works").iloc[0]
    assert (row["lane"], row["contract"], row["completed_on"]) == ("", "", pd.Timestamp(2020, 8, 1))
    assert pd.isna(row["thickness_mm"])


def test_columns_beyond_the_schema_are_kept_in_dense_tables(store: Store) -> None:
    """Offsets of a transverse profile are columns of their own."""
    place = {"route": "N1", "direction": "S", "lane": "1", "measure_m": [25_000.0, 25_001.0]}
    profile = pd.DataFrame(place | {"-1.75": [0.5, 0.25], "0.00": [1.0, 2.0]})
    runs.publish(store, draft("p", transverse_profile=profile), user="wang")
    found = published.table(store, "transverse_profile")
    pd.testing.assert_frame_equal(found.drop(columns="run"), profile, check_dtype=False)


def test_every_table_can_be_read_empty(store: Store) -> None:
    for name in ("cells", "works", "cell_values", "frames", "fwd"):
        found = published.table(store, name)
        assert len(found) == 0
        assert "run" in found
    assert isinstance(published.table(store, "cells"), gpd.GeoDataFrame)


def test_f17_same_run_again_is_refused_and_adds_nothing(store: Store) -> None:
    runs.publish(store, draft("b", cell_values=cell_values(), works=works()), user="wang")
    assert runs.has_run(store, "b" * 64)
    assert not runs.has_run(store, "c" * 64)
    with pytest.raises(StoreError, match="published before"):
        runs.publish(store, draft("b", cell_values=cell_values(), works=works()), user="wang")
    assert runs.data_version(store) == 1
    assert len(published.table(store, "works")) == 1
    assert len(audit.trail(store)) == 1


def test_f18_corrected_package_supersedes_and_the_former_stays_in_history(store: Store) -> None:
    runs.publish(store, draft("b", survey="s", cell_values=cell_values(iri=9.0), works=works()), user="wang")
    runs.publish(store, draft("o", survey="other", works=works(work="w2")), user="wang")
    assert runs.publish(store, draft("c", survey="s", cell_values=cell_values(iri=1.0)), user="chen") == 3
    values = published.table(store, "cell_values")
    assert values["run"].astype(str).unique().tolist() == ["c" * 64]
    assert values.loc[values["kind"] == "iri", "value"].max() < 9
    assert published.table(store, "works")["work"].tolist() == ["w2"]
    listed = runs.runs(store).set_index("run")
    assert listed["state"].tolist() == ["published", "published", "superseded"]
    assert listed.loc["c" * 64, "supersedes"] == "b" * 64
    assert audit.trail(store)["action"].tolist() == ["publish"] * 3


def test_a_superseded_run_cannot_come_back_unnoticed(store: Store) -> None:
    for name in "bc":
        runs.publish(store, draft(name, survey="s", works=works()), user="wang")
    with pytest.raises(StoreError, match="published before"):
        runs.publish(store, draft("b", survey="s", works=works()), user="wang")
    assert runs.runs(store).set_index("run").loc["c" * 64, "state"] == "published"


def test_faults_are_listed_with_their_run(store: Store) -> None:
    made = draft("b", works=works())
    runs.publish(store, made, user="wang")
    pd.testing.assert_frame_equal(runs.faults(store, "b" * 64), made.faults, check_dtype=False)
    assert runs.faults(store, "x" * 64).empty


def test_a_failure_in_the_transaction_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the lights went out")

    monkeypatch.setattr(audit, "append", fail)
    with pytest.raises(RuntimeError, match="lights"):
        runs.publish(store, draft("b", cell_values=cell_values(), works=works()), user="wang")
    with reading(store) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(RUN)).scalar() == 0
        assert connection.execute(sa.select(sa.func.count()).select_from(PART)).scalar() == 0
    assert runs.data_version(store) == 0
    assert published.table(store, "works").empty


def test_tables_of_a_plan_are_no_tables_of_a_run(store: Store) -> None:
    with pytest.raises(StoreError, match="no tables of a run"):
        runs.publish(store, draft("b", actions=works()), user="wang")
    with pytest.raises(StoreError, match="No published table 'forecasts'"):
        published.table(store, "forecasts")


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ([("year", "==", 2024)], 20),
        ([("year", ">=", 2024), ("kind", "==", "iri")], 10),
        ([("kind", "in", ["iri", "rut"]), ("value", "<", 2.0)], 10),
        ([("kind", "not in", ["iri"])], 20),
        ([("cell", "!=", "n1-s-1-025000")], 36),
        ([("surveyed_on", ">", pd.Timestamp(2023, 6, 1))], 20),
        ([("run", "==", "b" * 64)], 40),
        ([("run", "==", "c" * 64)], 0),
    ],
)
def test_filters_of_dense_tables(store: Store, filters: list, rows: int) -> None:
    runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    found = published.table(store, "cell_values", columns=["cell", "value"], filters=filters)
    assert found.columns.tolist() == ["cell", "value", "run"]
    assert len(found) == rows


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ([("from_m", ">=", 25_500.0)], 5),
        ([("cell", "in", ["n1-s-1-025000", "x"])], 1),
        ([("run", "!=", "a" * 64)], 0),
    ],
)
def test_filters_of_rows(store: Store, filters: list, rows: int) -> None:
    runs.publish(store, network(), user="wang")
    found = published.table(store, "cells", columns=["cell"], filters=filters)
    assert found.columns.tolist() == ["cell", "run"]
    assert len(found) == rows


def test_a_column_described_after_a_run_was_kept_is_missing_in_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(parquet, "schema", lambda name: schema(name).drop(index=["method", "coverage"]))
        old = cell_values(years=(2023,)).drop(columns=["method", "coverage"])
        runs.publish(store, draft("a", cell_values=old), user="wang")
    only = published.table(store, "cell_values", columns=["cell", "coverage", "method"])
    assert only["coverage"].isna().all()
    assert set(only["method"]) == {""}
    runs.publish(store, draft("b", survey="later", cell_values=cell_values(years=(2024,))), user="wang")
    both = published.table(store, "cell_values").groupby("year")
    assert both["method"].agg(set).to_dict() == {2023: {""}, 2024: {"made"}}
    assert both["coverage"].sum().to_dict() == {2023: 0.0, 2024: 20.0}


@pytest.mark.parametrize("name", ["cells", "cell_values"])
def test_unknown_columns_and_operators_are_refused(store: Store, name: str) -> None:
    runs.publish(store, draft("a", cells=cells(), cell_values=cell_values()), user="wang")
    with pytest.raises(StoreError, match="has no column"):
        published.table(store, name, columns=["nonsense"])
    for condition in (("nonsense", "==", 1), ("cell", "like", "x")):
        with pytest.raises(StoreError, match="No filter"):
            published.table(store, name, filters=[condition])
