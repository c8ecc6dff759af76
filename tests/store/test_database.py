"""Opening, upgrading and refusing a store; one door for writes (C2, C4, C7, C8, C10)."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pavement.errors import StoreError
from pavement.store import catalogues, published, runs, users
from pavement.store.database import DATABASE, REVISION, Store, open_store, reading, writing
from pavement.store.tables import METADATA, RUN
from pavement.store.upgrade import MIGRATIONS
from tests.store.made import draft, network, works


def test_migrations_give_exactly_the_tables(store: Store) -> None:
    with reading(store) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_sqlite_is_set_for_safety(store: Store) -> None:
    with reading(store) as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        assert [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked] == ["wal", 2, 1]


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        runs.publish(store, network(), user="wang")
    with open_store(tmp_path) as store:
        assert runs.data_version(store) == 1
        assert len(published.table(store, "cells")) == 10


def test_two_openings_of_a_new_store_at_once(tmp_path: Path) -> None:
    faults: list[BaseException] = []

    def open_and_close() -> None:
        try:
            open_store(tmp_path).close()
        except BaseException as error:  # noqa: BLE001  a thread must not swallow it
            faults.append(error)

    threads = [threading.Thread(target=open_and_close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_store_from_before_sessions_and_planning_is_brought_up_to_date(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        users.add(store, "lin", password="a long password", role="planner")
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
        connection.execute('ALTER TABLE "user" DROP COLUMN stamp')
        for table in ("catalogue", "budget_history", "scenario_set", "plan_decision", "bridge_works", "plan_offices"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("UPDATE alembic_version SET version_num = '0001_first'")
    with open_store(tmp_path) as store:
        assert users.verified(store, "lin", password="a long password") == users.User("lin", "planner")
        users.end_sessions(store, "lin")
        assert len(users.get(store, "lin").stamp) == 16
        assert catalogues.versions(store).empty


def test_the_revision_that_needs_no_migration_is_the_newest_one() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert scripts.get_current_head() == REVISION


def test_c8_a_store_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version.*9999.*Upgrade"):
        open_store(tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_c8_a_migration_that_fails_half_way_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = command.upgrade

    def fail(config: object, revision: str) -> None:
        upgrade(config, revision)
        raise RuntimeError("the lights went out")

    monkeypatch.setattr(command, "upgrade", fail)
    with pytest.raises(RuntimeError, match="lights"):
        open_store(tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    monkeypatch.undo()
    open_store(tmp_path).close()


def test_another_crs_is_refused_and_none_takes_the_kept_one(tmp_path: Path) -> None:
    open_store(tmp_path, crs="EPSG:3825").close()
    with pytest.raises(StoreError, match='store is in EPSG:3825.*Set crs = "EPSG:3825"'):
        open_store(tmp_path, crs="EPSG:3826")
    with open_store(tmp_path, crs="") as store:
        assert store.crs == "EPSG:3825"


@pytest.mark.parametrize("at", [0, 30_000])
def test_c10_a_damaged_page_is_refused_with_the_cure(tmp_path: Path, at: int) -> None:
    open_store(tmp_path).close()
    with (tmp_path / DATABASE).open("r+b") as stream:
        stream.seek(at)
        stream.write(b"\xff" * 4096)
    with pytest.raises(StoreError, match=r"is damaged.*pavement restore"):
        open_store(tmp_path)


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="PAVEMENT_HOME"):
        open_store(tmp_path / "file" / "home")


def insert_and_fail(store: Store) -> None:
    """Write a row, then meet an error."""
    with writing(store) as connection:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('x', '1')")
        raise RuntimeError("no")


def test_an_error_undoes_the_whole_block(store: Store) -> None:
    with pytest.raises(RuntimeError, match="no"):
        insert_and_fail(store)
    with reading(store) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM meta WHERE name = 'x'").scalar() == 0


def test_c7_full_disk_fails_in_words_and_reads_go_on(store: Store) -> None:
    runs.publish(store, network(), user="wang")

    def no_more_pages(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    sa.event.listen(store.engine, "checkout", no_more_pages)
    many = draft("b", works=works().loc[[0] * 3000].assign(work=[f"w{n}" for n in range(3000)]))
    with pytest.raises(StoreError, match=r"cannot be written: database or disk is full.*nothing was changed"):
        runs.publish(store, many, user="wang")
    assert len(published.table(store, "cells")) == 10
    assert published.table(store, "works").empty
    with reading(store) as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_rows_of_an_unknown_run_are_refused(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError), writing(store) as connection:
        connection.exec_driver_sql("INSERT INTO works (run, work) VALUES ('nobody', 'w')")


def test_one_survey_has_one_run_in_force_by_the_databases_own_rule(store: Store) -> None:
    runs.publish(store, draft("b", survey="s", works=works()), user="wang")
    with reading(store) as connection:
        row = dict(connection.execute(sa.select(RUN)).mappings().one()) | {"run": "c" * 64}
    with pytest.raises(sa.exc.IntegrityError), writing(store) as connection:
        connection.execute(sa.insert(RUN).values(**row))


def test_c2_c4_writers_at_once_lose_nothing_and_never_meet_a_lock(store: Store) -> None:
    """Fact 6: deferred transactions failed 270 of 300 times here; immediate ones never."""
    faults: list[BaseException] = []

    def publish_many(letter: str) -> None:
        try:
            for number in range(10):
                made = draft(f"{letter}{number}", works=works(work=f"{letter}{number}"))
                runs.publish(store, made, user=letter)
        except BaseException as error:  # noqa: BLE001
            faults.append(error)

    threads = [threading.Thread(target=publish_many, args=(letter,)) for letter in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert runs.data_version(store) == 60
    assert published.table(store, "works")["work"].is_unique
    assert len(published.table(store, "works")) == 60
    assert sorted(runs.runs(store)["data_version"]) == list(range(1, 61))


def test_c2_two_corrections_of_one_survey_leave_one_in_force(store: Store) -> None:
    threads = [
        threading.Thread(target=runs.publish, args=(store, draft(n, survey="s", works=works())), kwargs={"user": n})
        for n in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(runs.runs(store)["state"]) == ["published"] + ["superseded"] * 3
    assert len(published.table(store, "works")) == 1


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("needs /proc")
    open_store(tmp_path).close()
    before = len(list(folder.iterdir()))
    for _ in range(10):
        with open_store(tmp_path) as store:
            runs.data_version(store)
    assert len(list(folder.iterdir())) <= before + 2
