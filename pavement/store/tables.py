"""SQL tables: the described ones made from their schemas, and those of the house itself."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from pavement.schema import read_table, schema

METADATA = sa.MetaData()
# dense tables that belong to a forecast or a plan, not to a survey run
NOT_OF_RUNS = ("forecasts", "treatment_lengths", "actions")
_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
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
    return sa.Table(name, METADATA, _id(), _run(), *columns)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _run() -> sa.Column[str]:
    return sa.Column("run", sa.Text, sa.ForeignKey("run.run"), nullable=False, index=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


META = sa.Table("meta", METADATA, _key("name"), *_texts("value"))
RUN = sa.Table(
    "run",
    METADATA,
    _key("run"),
    *_texts("survey", "title", "operator", "vehicle", "package", "state"),
    sa.Column("supersedes", sa.Text),
    sa.Column("network", sa.Text),
    *_texts("manifest", "counts"),
    sa.Column("surveyed_on", sa.Date),
    *_texts("published_at", "published_by"),
    _number("faults"),
    _number("data_version"),
)
# the house's own rule, kept by the database itself: one survey has one run in force
ONE_IN_FORCE = sa.Index(
    "run_in_force",
    RUN.c.survey,
    unique=True,
    sqlite_where=RUN.c.state == "published",
    postgresql_where=RUN.c.state == "published",
)
PART = sa.Table("part", METADATA, _id(), _run(), *_texts("table", "object"), _number("rows"))
FAULT = sa.Table(
    "fault",
    METADATA,
    _id(),
    _run(),
    *_texts("file"),
    sa.Column("row", sa.Integer),
    *_texts("column", "value", "rule", "message", "cure"),
)
MODEL = sa.Table(
    "model",
    METADATA,
    _key("model"),
    *_texts("target", "object", "columns", "card", "created_at", "created_by"),
    _number("data_version"),
)
LIVE = sa.Table(
    "alias",
    METADATA,
    _key("target"),
    sa.Column("model", sa.Text, sa.ForeignKey("model.model"), nullable=False),
    *_texts("promoted_at", "promoted_by", "reason"),
)
FORECAST_SET = sa.Table(
    "forecast_set",
    METADATA,
    _id(),
    *_texts("object", "models"),
    _number("data_version"),
    *_texts("created_at", "created_by"),
)
PLAN = sa.Table(
    "plan",
    METADATA,
    _id(),
    sa.Column("plan", sa.Text, nullable=False, unique=True),
    *_texts("objects", "summary", "models"),
    _number("data_version"),
    sa.Column("forecast_set", sa.Integer, sa.ForeignKey("forecast_set.id")),
    *_texts("created_at", "created_by"),
)
ACTION_STATUS = sa.Table(
    "action_status",
    METADATA,
    sa.Column("plan", sa.Text, sa.ForeignKey("plan.plan"), primary_key=True),
    _key("unit"),
    *_texts("status", "reason", "code"),
    _number("version"),
    *_texts("changed_at", "changed_by"),
)
PLAN_DECISION = sa.Table(
    "plan_decision",
    METADATA,
    _id(),
    sa.Column("plan", sa.Text, sa.ForeignKey("plan.plan"), nullable=False),
    *_texts("unit", "kind", "route", "direction", "lane"),
    *[sa.Column(name, sa.Float, nullable=False) for name in ("from_m", "to_m")],
    sa.Column("at_m", sa.Float),
    sa.Column("year", sa.Integer),
    *_texts("treatment"),
    sa.Column("cost", sa.Float),
    *_texts("code", "reason", "decided_at", "decided_by", "withdrawn_at", "withdrawn_by", "withdrawn_reason"),
)
PLAN_APPROVAL = sa.Table(
    "plan_approval",
    METADATA,
    sa.Column("plan", sa.Text, sa.ForeignKey("plan.plan"), primary_key=True),
    *_texts("reason", "checks", "approved_at", "approved_by"),
)
CATALOGUE = sa.Table(
    "catalogue",
    METADATA,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    *_texts("treatments", "triggers", "reason", "made_at", "made_by"),
    # empty where a version does not hold the table
    *(
        sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))
        for name in ("penalty", "strategy_pairs", "resets")
    ),
)
SCENARIO_SET = sa.Table(
    "scenario_set",
    METADATA,
    _id(),
    sa.Column("set", sa.Text, nullable=False, unique=True),
    *_texts("objects", "summary"),
    _number("data_version"),
    sa.Column("forecast_set", sa.Integer, sa.ForeignKey("forecast_set.id")),
    *_texts("created_at", "created_by"),
)
BUDGET_HISTORY = sa.Table(
    "budget_history",
    METADATA,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("amount", sa.Float, nullable=False),
    sa.Column("lane_km", sa.Float),
    *_texts("source", "status", "entered_at", "entered_by"),
)
USER = sa.Table(
    "user",
    METADATA,
    _key("name"),
    *_texts("role", "password", "created_at"),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("stamp", sa.Text, nullable=False, server_default=sa.text("''")),
)
JOB = sa.Table(
    "job",
    METADATA,
    _id(),
    *_texts("kind", "arguments", "state"),
    _number("done"),
    _number("total"),
    *_texts("label", "message", "result", "created_at", "created_by", "changed_at"),
    sa.Column("worker", sa.Integer),
    sa.Column("cancel", sa.Boolean, nullable=False),
)
AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    *_texts("at", "user", "action", "subject", "detail", "previous", "hash"),
)
# averages of counters made anew, in the columns of the table traffic; without a count none stands
REMADE = sa.Table(
    "remade_traffic",
    METADATA,
    _id(),
    _run(),
    *[sa.Column(str(c), _TYPES[row["type"]]()) for c, row in schema("traffic").iterrows()],
)
DESCRIBED = {name: _described_table(name) for name in described("database")}
DENSE = [name for name in described("parquet") if name not in NOT_OF_RUNS]
