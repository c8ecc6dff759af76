"""Verbs about decisions that bind the plans to come, and about why a length has the work it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.cli_common import Code, Language, User, opened
from dashboard.gain_words import strategy_line, whole
from pavement.errors import StoreError
from pavement.planning.slots import SLOTS

if TYPE_CHECKING:
    import pandas as pd

    from pavement.store.database import Store
    from pavement.store.plan_decisions import Decision
    from pavement.store.plans import SavedPlan

_UNKNOWN = "what is lost is not known"
_LEARN = (
    "What is lost by a decision only a plan made anew without it tells: take it back (undecide, or decide … propose), "
    "plan again and compare both benefits. What is lost at most holds the gap of the plan."
)
Where = Annotated[
    str, typer.Argument(metavar="PLACE", help="Rank in the work list, id of a treatment length, or N1 25k+300 S.")
]
Lane = Annotated[str, typer.Option(help="Lane, where a place is given.")]
PlanName = Annotated[str, typer.Option("--plan", help="Plan; the newest when not given.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write everything as JSON.")]


def add_decide(app: typer.Typer) -> None:
    """Add the verbs ``decide``, ``decisions``, ``undecide`` and ``why``."""
    app.command()(decide)
    app.command()(decisions)
    app.command()(undecide)
    app.command()(why)


def decide(  # noqa: PLR0913
    place: Where,
    kind: Annotated[
        str,
        typer.Argument(help="propose, commit, lock, defer, forbid, replace, split or join."),
    ],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit and shown with the decision.")],
    code: Code = "",
    year: Annotated[int | None, typer.Option(help="defer: no work before it; replace: year of the work.")] = None,
    treatment: Annotated[str, typer.Option(help="replace: by it; forbid: only it.")] = "",
    cost: Annotated[float | None, typer.Option(help="replace: own cost [NT$].", min=0)] = None,
    at: Annotated[str, typer.Option(help="split: where, such as 25k+300.")] = "",
    side: Annotated[str, typer.Option(help="join: the neighbour before or after by chainage.")] = "",
    lane: Lane = "",
    made: PlanName = "",
    user: User = "cli",
) -> None:
    """Decide on a treatment length: the plans to come are made around it."""
    from pavement.store import plan_decisions, plan_why
    from pavement.store.plan_decisions import Decision

    with opened() as (store, _):
        plan = _plan(store, made)
        unit = plan_why.unit_named(store, plan, place, lane=lane)
        where = plan_why.measure_in(store, unit, at) if at else None
        said = Decision(kind, reason, code, year, treatment, cost, where, side)
        before = plan_decisions.standing(store)
        number = plan_decisions.decide(
            store, plan.plan, str(unit["unit"]), said, version=_version(store, plan, unit), user=user
        )
        typer.echo(_kept(plan, unit, said, number))
        for row in plan_decisions.ended_since(store, before).to_dict("records"):
            typer.echo(
                f"It takes the place of number {row['decision']}, which stands no more: {_where(row)}: {what(row)}."
            )


def _plan(store: Store, name: str) -> SavedPlan:
    from pavement.store import plans

    plan = plans.named(store, name) if name else plans.newest(store)
    if plan is None:
        raise StoreError("There is no plan yet.", cure="Make one: pavement plan.")
    return plan


def _version(store: Store, plan: SavedPlan, unit: pd.Series) -> int:
    from pavement.store import plans

    works = plans.actions(store, plan).drop_duplicates("unit").set_index("unit")
    return int(works["version"].get(unit["unit"], 0))


def _kept(plan: SavedPlan, unit: pd.Series, said: Decision, number: int) -> str:
    stands = f" It stands under number {number} for the plans to come: make the plan again." if number else ""
    return f"{plan.plan}, {unit['unit']}: {said.kind}.{stands}"


def decisions(made: PlanName = "", as_json: AsJson = False) -> None:
    """List the decisions that stand, and those a plan was made with: whether they fit it and what they cost."""
    from pavement.store import plan_decisions, plan_why

    with opened() as (store, _):
        told = plan_why.overrides_of(store, _plan(store, made))
        standing = plan_decisions.standing(store)
        if as_json:
            both = {"standing": standing, "plan": told}
            parts = [f'"{name}": {frame.to_json(orient="records", force_ascii=False)}' for name, frame in both.items()]
            typer.echo("{" + ", ".join(parts) + "}")
            return
        for row in standing.to_dict("records"):
            typer.echo(f"{row['decision']:>4}  {_where(row)}: {what(row)}  {row['code'] or '-'}: {row['reason']} "
                       f"({row['decided_by']})")  # fmt: skip
        costs = [_cost(row) for row in told.to_dict("records")]
        for row, cost in zip(told.to_dict("records"), costs, strict=True):
            typer.echo(f"in the plan: {row['decision']}, {_where(row)}: {what(row)}  {cost}")
        if any(_UNKNOWN in cost for cost in costs):
            typer.echo(_LEARN)


def _where(row: dict[Any, Any]) -> str:
    return f"{row['route']} {row['direction']} lane {row['lane']} {row['from_m']:.0f}-{row['to_m']:.0f} m"


def what(row: dict[Any, Any]) -> str:
    """Return what was decided, with what it asks for; of several all works."""
    kind, first = str(row["kind"]), _work(row, "treatment", "year")
    works = ", ".join(w for w in (first, *(_work(row, slot, f"{slot}_year") for slot in SLOTS[1:])) if w)
    own = "" if _missing(row.get("cost")) else f" at NT$ {row['cost']:,.0f}"
    asks = {
        "defer": f"to {first}",
        "forbid": first or "all work",
        "replace": f"by {works}{own}",
        "split": f"at {row['at_m']:.0f} m" if kind == "split" else "",
        "commit": works,
        "lock": works,
    }
    return f"{kind} {asks.get(kind, '')}".rstrip()


def _work(row: dict[Any, Any], treatment: str, year: str) -> str:
    """Return treatment and year of a work, as far as they are known."""
    name, when = row.get(treatment), row.get(year)
    parts = ["" if _missing(name) else str(name), "" if _missing(when) else f"{when:.0f}"]
    return " ".join(part for part in parts if part)


def _missing(value: Any) -> bool:
    return value is None or str(value) in ("nan", "<NA>")


def _cost(row: dict[Any, Any]) -> str:
    """Return what a decision costs, in words that say how it was found."""
    if row["fits"] == "no":
        return f"does not fit: {row['why_en']}"
    said = []
    if row["lost"] >= 0:
        said.append(f"loses {row['lost']:,.0f} at the prices of the plan, NT$ {whole(row['cost_change']):+,.0f}")
    if row["solved_lost"] > 0:
        said.append(f"made anew without it: {row['solved_lost']:,.0f} lost, NT$ {whole(row['solved_cost']):+,.0f}")
        if row.get("objective") == "cost" and row["solved_lost"] < row["solved_cost"] - 1:
            said.append("no more is lost than the decided works cost, the rest is the gap of the search")
    elif row["solved_lost"] == row["solved_lost"]:
        said.append("made anew without it: nothing better found within the gap")
    unknown = not said
    if row["lost_most"] == row["lost_most"]:
        said.append(f"{row['lost_most']:,.0f} lost at most")
    if unknown:
        said.append(_UNKNOWN)
    return "; ".join(said)


def undecide(
    number: Annotated[int, typer.Argument(help="Number of the decision.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")],
    user: User = "cli",
) -> None:
    """Take a decision back: it does not bind the plans to come."""
    from pavement.store import plan_decisions

    with opened() as (store, _):
        plan_decisions.withdraw(store, number, reason=reason, user=user)
        typer.echo(f"Decision {number} stands no more.")


def why(
    place: Where, lane: Lane = "", made: PlanName = "", language: Language = "zh_TW", as_json: AsJson = False
) -> None:
    """Tell of a treatment length what was considered, why it has its work, and what would change the answer."""
    import json

    from pavement.planning.why_words import why_told
    from pavement.store import plan_why

    with opened() as (store, _):
        plan = _plan(store, made)
        unit = plan_why.unit_named(store, plan, place, lane=lane)
        case = plan_why.case(store, plan, unit, language=language)
        told = why_told(case)
        if as_json:
            rows = json.loads(case.considered.to_json(orient="records", force_ascii=False))
            answers = [{"question": one.question, "answer": one.answer} for one in told]
            whole = {"plan": plan.plan, "unit": unit["unit"], "considered": rows, "answers": answers}
            typer.echo(json.dumps(whole, ensure_ascii=False, indent=1))
            return
        typer.echo(f"{plan.plan}, {unit['unit']}")
        for row in case.considered.to_dict("records"):
            typer.echo(strategy_line(row, case))
        for one in told:
            typer.echo(f"{one.question} {one.answer}")
