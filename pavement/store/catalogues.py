"""Versions of the treatment catalogue: the agency's own numbers, each checked whole, with who, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
import sqlalchemy as sa

from pavement.errors import Fault, PlanError, StoreError, fault_frame
from pavement.planning.treatments import Catalogue, catalogue, refuse_faults
from pavement.schema import check, numbered, read_table, schema
from pavement.store import audit, objects, plans
from pavement.store.database import Store, now, reading, writing
from pavement.store.plans import SavedPlan
from pavement.store.tables import CATALOGUE
from pavement.written_text import csv_table

# a version always holds these
NEEDED = ("treatments", "triggers")
# levels after work that were estimated: the product comes with none, and without them those of the live models count
RESETS = "resets"
FILES = (*NEEDED, "penalty", "strategy_pairs", RESETS)
# the tables that come with the product
SUPPLIED = 0


class KeptCatalogue(NamedTuple):
    """
    A version of the catalogue, its tables as in ``pavement/tables``.

    ``version`` is 0 for the tables that come with the product; then nobody made it and there is no reason. ``lacks``
    names what a version does not hold: it is as the product comes with it. Of ``resets`` it holds what was estimated;
    where that is empty, the live models tell.
    """

    version: int
    treatments: pd.DataFrame
    triggers: pd.DataFrame
    penalty: pd.DataFrame
    strategy_pairs: pd.DataFrame
    resets: pd.DataFrame
    made_at: str = ""
    made_by: str = ""
    reason: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name."""
        return {name: getattr(self, name) for name in FILES}

    def rules(self, treatments: pd.DataFrame | None = None) -> Catalogue:
        """Return what plans are made with, with other treatments where given."""
        own = self.treatments if treatments is None else treatments
        return catalogue(own, self.triggers, self.penalty, self.strategy_pairs)


def current(store: Store) -> KeptCatalogue:
    """Return the newest version, or the tables that come with the product."""
    return _version(store, None)


def kept_version(store: Store, version: int) -> KeptCatalogue:
    """
    Return a version, 0 for the tables that come with the product.

    Raises
    ------
    StoreError
        The version is not in the store.
    """
    if version == SUPPLIED:
        return _supplied()
    return _version(store, version)


def of_plan(store: Store, plan: SavedPlan) -> KeptCatalogue:
    """
    Return the version that a plan was made with, with the very tables that it was made from where it kept them.

    Raises
    ------
    StoreError
        The version is not in the store.
    """
    found = kept_version(store, int(plan.summary.get("catalogue", SUPPLIED)))
    own = {name: plans.frame(store, plan, _kept_as(name)) for name in FILES if _kept_as(name) in plan.objects}
    return found._replace(**own)


def frames(kept: KeptCatalogue) -> dict[str, pd.DataFrame]:
    """Return the tables that a plan rests on, to be kept with it: those of the product change when it is renewed."""
    return {_kept_as(name): table for name, table in kept.tables.items()}


def is_that_of(store: Store, plan: SavedPlan, kept: KeptCatalogue) -> bool:
    """Return whether a plan was made with a catalogue; of plans that kept no tables the version alone is known."""
    if int(plan.summary.get("catalogue", kept.version)) != kept.version:
        return False
    own = {name: table for name, table in frames(kept).items() if name in plan.objects}
    return all(_numbers(plans.frame(store, plan, name)).equals(_numbers(table)) for name, table in own.items())


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the words on where its numbers are from, which change no plan."""
    return table[[c for c in table if c != "status" and not str(c).endswith("source")]]


def _kept_as(name: str) -> str:
    return f"catalogue_{name}"


def _version(store: Store, version: int | None) -> KeptCatalogue:
    asked = sa.select(CATALOGUE).order_by(CATALOGUE.c.version.desc()).limit(1)
    if version is not None:
        asked = sa.select(CATALOGUE).where(CATALOGUE.c.version == version)
    with reading(store) as connection:
        row = connection.execute(asked).mappings().first()
    if row is None and version:
        raise StoreError(
            f"Version {version} of the catalogue is not in this store.",
            cure="Restore a backup that holds it, or make the plan again: pavement plan.",
        )
    if row is None:
        return _supplied()
    held = {name: as_text(objects.read(store, row[name])) for name in FILES if row[name]}
    own = {name: typed_resets(table) if name == RESETS else numbered(table) for name, table in held.items()}
    lacks = tuple(name for name in FILES if name not in own and name != RESETS)
    told = {name: row[name] for name in ("version", "made_at", "made_by", "reason")}
    return _supplied()._replace(**own, **told, lacks=lacks)


def _supplied() -> KeptCatalogue:
    tables = {name: read_table(name) for name in FILES if name != RESETS}
    return KeptCatalogue(SUPPLIED, **tables, resets=pd.DataFrame(columns=list(schema(RESETS).index)))


def typed_resets(table: pd.DataFrame) -> pd.DataFrame:
    """Return estimated levels as the table ``resets`` has them, from text."""
    return check(table, RESETS, file="resets.csv")[0]


def as_text(content: bytes, *, name: str = "The table") -> pd.DataFrame:
    """
    Return a CSV file as text.

    Raises
    ------
    PlanError
        It is no CSV in UTF-8, UTF-16 or Big5.
    """
    try:
        return csv_table(content)
    except ValueError as error:
        raise PlanError(
            f"{name} cannot be read: {(str(error).splitlines() or ['empty'])[0][:200].rstrip('.')}.",
            cure="Save it as CSV in UTF-8.",
        ) from error


def keep(store: Store, given: Mapping[str, pd.DataFrame], *, reason: str, user: str, replaces: int) -> int:
    """
    Keep a new version of the catalogue and return its number; plans are made with it from then on.

    Parameters
    ----------
    given
        Tables by name, of the columns of ``pavement/tables``, as text or typed; what is not given stays as in the
        version that it replaces.
    reason
        Why the numbers changed.
    replaces
        Version that the tables were changed from.

    Raises
    ------
    PlanError
        The catalogue is not whole; every fault is listed (O2).
    StoreError
        No reason, or somebody else kept a version meanwhile.
    """
    if not reason.strip() or not user.strip():
        raise StoreError("A catalogue needs a reason and a name.", cure="Say in a few words why it changed.")
    tables = current(store).tables | dict(given)
    checked(tables)
    kept = {name: objects.put(store, csv(table)) for name, table in tables.items()}
    with writing(store) as connection:
        last = connection.execute(sa.select(sa.func.max(CATALOGUE.c.version))).scalar() or SUPPLIED
        if last != replaces:
            raise StoreError(
                f"Version {last} was kept meanwhile.", cure="Take that version, and make the changes in it."
            )
        row = {"version": last + 1, **kept, "reason": reason.strip(), "made_at": now(), "made_by": user}
        connection.execute(sa.insert(CATALOGUE).values(**row))
        subject = f"catalogue-{row['version']}"
        audit.append(connection, user=user, action="keep catalogue", subject=subject, reason=row["reason"], **kept)
    return int(row["version"])


def csv(table: pd.DataFrame) -> bytes:
    """Return a table as a CSV file that a spreadsheet opens as UTF-8."""
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def checked(tables: Mapping[str, pd.DataFrame]) -> None:
    """
    Refuse a catalogue, all its tables by name, that is not whole, or names treatments that records are not read by.

    Raises
    ------
    PlanError
        Every fault is listed.
    """
    _check_names(tables["treatments"])
    found = [_reset_faults(tables[RESETS])]
    try:
        catalogue(**{name: numbered(tables[name]) for name in FILES if name != RESETS})
    except PlanError as error:
        if error.faults is None:
            raise
        found.insert(0, error.faults)
    refuse_faults(pd.concat([f for f in found if len(f)] or found))


def _reset_faults(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is wrong with estimated levels."""
    good, faults = check(table, RESETS, file="resets.csv")
    known = {"treatment": set(read_table("treatments")["treatment"]), "kind": set(read_table("targets")["target"])}
    words = {"treatment": "is no treatment in treatments.csv", "kind": "is no target of the forecast"}
    found = [
        Fault("resets.csv", int(str(at)) + 2, column, str(row[column]), "known", f"{row[column]} {words[column]}.",
              "Correct the row in resets.csv.")
        for at, row in good.iterrows() for column in known if row[column] not in known[column]
    ]  # fmt: skip
    return pd.concat([f for f in (faults, fault_frame(found)) if len(f)] or [faults])


def _check_names(treatments: pd.DataFrame) -> None:
    supplied = read_table("treatments")["treatment"]
    given = treatments.get("treatment", pd.Series(dtype=str))
    if added := sorted(set(given) - set(supplied)):
        raise PlanError(
            f"treatments.csv names {', '.join(added)}, which records of works do not know.",
            cure=f"Use the row of a treatment near to it: {', '.join(supplied)}.",
        )
    if missing := [name for name in supplied if name not in set(given)]:
        raise PlanError(
            f"treatments.csv lacks {', '.join(missing)}.",
            cure="Keep the row, and write no under planned where it is not to be planned.",
        )


def versions(store: Store) -> pd.DataFrame:
    """Return all versions that were kept, the newest first: version, reason, made_at, made_by."""
    columns = [CATALOGUE.c[name] for name in ("version", "reason", "made_at", "made_by")]
    with reading(store) as connection:
        rows = connection.execute(sa.select(*columns).order_by(CATALOGUE.c.version.desc())).mappings().all()
    return pd.DataFrame([dict(row) for row in rows], columns=[c.name for c in columns])
