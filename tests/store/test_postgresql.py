"""Another database is a change of one URL; needs an empty PostgreSQL database named by PAVEMENT_TEST_POSTGRESQL."""

import os
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import geopandas.testing
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from pavement.store import audit, checks, forecasts, jobs, plans, published, registry, runs, segments, users
from pavement.store.database import Store, open_store, reading, writing
from pavement.store.tables import AUDIT, METADATA
from tests.store.made import actions, cell_values, cells, draft, forecast, network, treatment_lengths, works


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Store]:
    """Return a store in a schema of its own of the server, or skip."""
    pytest.importorskip("psycopg", reason="needs the extra postgis: psycopg")
    if not (url := os.environ.get("PAVEMENT_TEST_POSTGRESQL")):
        pytest.skip("needs an empty PostgreSQL database: PAVEMENT_TEST_POSTGRESQL=postgresql+psycopg://…")
    schema = f"t{secrets.token_hex(4)}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    own = sa.make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
    with open_store(tmp_path, url=own.render_as_string(hide_password=False)) as store:
        yield store
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
    engine.dispose()


def test_the_whole_store_on_postgresql(served: Store) -> None:
    with reading(served) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    runs.publish(served, network(), user="wang")
    for name in "bc":
        runs.publish(served, draft(name, survey="s", cell_values=cell_values(), works=works()), user="wang")
    geopandas.testing.assert_geodataframe_equal(
        published.table(served, "cells").drop(columns="run"), cells(), check_like=True
    )
    assert set(segments.segment_table(served)["iri_run"]) == {"c" * 64}
    model = registry.register(served, "iri", "tree", columns=["age"], card={}, user="lin").model
    registry.promote(served, "iri", model, user="lin", reason="better")
    found = forecasts.save(served, forecast(), models={"iri": model}, user="lin")
    frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
    plans.save(served, frames, summary={}, forecast_set=found.id, user="lin")
    plans.set_status(served, "plan-0001", "n1-s-1-u1", status="locked", reason="x", code="other", version=0, user="lin")
    users.add(served, "lin", password="a long password")
    jobs.add(served, "plan", {}, user="lin")
    assert jobs.claim(served, worker=1) is not None
    assert len(list(checks.check(served))) == 3
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), writing(served) as connection:
        connection.execute(sa.delete(AUDIT))
    assert audit.first_broken(served) is None


def test_writers_at_once_on_postgresql(served: Store) -> None:
    def publish(letter: str) -> None:
        for number in range(5):
            runs.publish(served, draft(f"{letter}{number}", works=works(work=f"{letter}{number}")), user=letter)

    threads = [threading.Thread(target=publish, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs.data_version(served) == 20
    assert audit.first_broken(served) is None
