"""SQL tables: the described ones made from their schemas, and those of the house itself."""

from __future__ import annotations

import sqlalchemy as sa

from pavement.schema import read_table, schema

METADATA = sa.MetaData()
_TYPES: dict[str, type[sa.types.TypeEngine[object]]] = {
    "text": sa.Text,
    "int": sa.Integer,
    "float": sa.Float,
    "date": sa.Date,
    "datetime": sa.DateTime,
    "bool": sa.Boolean,
    "geometry": sa.LargeBinary,
    "json": sa.Text,
}


def described(kept_in: str) -> list[str]:
    """Return the names of the described tables that are kept in ``database`` or ``parquet``."""
    tables = read_table("tables")
    return tables.loc[tables["kept_in"] == kept_in, "table"].tolist()


def _described_table(name: str) -> sa.Table:
    columns = [sa.Column(str(c), _TYPES[row["type"]]()) for c, row in schema(name).iterrows()]
    run = sa.Column("run", sa.Text, sa.ForeignKey("run.run"), nullable=False, index=True)
    return sa.Table(name, METADATA, sa.Column("id", sa.Integer, primary_key=True), run, *columns)


def _house(name: str, *columns: sa.Column[object] | sa.UniqueConstraint) -> sa.Table:
    return sa.Table(name, METADATA, *columns)


def _text(name: str, *, key: bool = False, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=null and not key)


META = _house("meta", _text("name", key=True), _text("value"))
RUN = _house(
    "run",
    _text("run", key=True),
    _text("survey"),
    _text("title"),
    _text("operator"),
    _text("vehicle"),
    _text("package"),
    _text("state"),
    _text("supersedes", null=True),
    _text("manifest"),
    _text("counts"),
    sa.Column("surveyed_on", sa.Date),
    _text("published_at"),
    _text("published_by"),
    sa.Column("faults", sa.Integer, nullable=False),
)
PART = _house(
    "part",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run", sa.Text, sa.ForeignKey("run.run"), nullable=False, index=True),
    _text("table"),
    _text("object"),
    sa.Column("rows", sa.Integer, nullable=False),
)
FAULT = _house(
    "fault",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run", sa.Text, sa.ForeignKey("run.run"), nullable=False, index=True),
    _text("file"),
    sa.Column("row", sa.Integer),
    *(_text(c) for c in ("column", "value", "rule", "message", "cure")),
)
MODEL = _house(
    "model",
    _text("model", key=True),
    _text("target"),
    _text("object"),
    _text("columns"),
    _text("card"),
    _text("created_at"),
    _text("created_by"),
    sa.Column("data_version", sa.Integer, nullable=False),
)
LIVE = _house("live", _text("target", key=True), _text("model"), _text("promoted_at"), _text("promoted_by"))
FORECAST_SET = _house(
    "forecast_set",
    sa.Column("id", sa.Integer, primary_key=True),
    _text("object"),
    _text("models"),
    sa.Column("data_version", sa.Integer, nullable=False),
    _text("created_at"),
    _text("created_by"),
)
PLAN = _house(
    "plan",
    sa.Column("id", sa.Integer, primary_key=True),
    _text("plan"),
    _text("objects"),
    _text("summary"),
    sa.Column("data_version", sa.Integer, nullable=False),
    sa.Column("forecast_set", sa.Integer),
    _text("created_at"),
    _text("created_by"),
)
USER = _house(
    "user",
    _text("name", key=True),
    _text("role"),
    _text("password"),
    _text("created_at"),
    sa.Column("active", sa.Boolean, nullable=False),
)
JOB = _house(
    "job",
    sa.Column("id", sa.Integer, primary_key=True),
    _text("kind"),
    _text("arguments"),
    _text("state"),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    _text("label"),
    _text("result"),
    _text("created_at"),
    _text("created_by"),
    _text("changed_at"),
    sa.Column("worker", sa.Integer),
    sa.Column("cancel", sa.Boolean, nullable=False),
)
AUDIT = _house(
    "audit",
    sa.Column("sequence", sa.Integer, primary_key=True),
    *(_text(c) for c in ("at", "user", "action", "subject", "detail", "previous", "hash")),
)
DESCRIBED = {name: _described_table(name) for name in described("database")}
