"""How the net gain of a strategy adds up, in a line of either language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pavement.planning.why_case import Case

# what is shown as nothing
_NOTHING = 0.5


def strategy_line(row: Mapping[Any, Any], case: Case) -> str:
    """Return a strategy with its cost, and what its benefit, money, project and other limits add up to."""
    from pavement.planning.slots import row_cost
    from pavement.planning.why_case import strategy_text

    what = strategy_text(row, case.names, case.language)
    cost = f"{row_cost(row):,.0f}"
    money = case.said(f"：{cost} 元", f": NT$ {cost}")
    mark = "*" if row["taken"] else " "
    return f"{mark} {what}{money}{case.said('，', ', ')}{_sum(row, case)}"


def _sum(row: Mapping[Any, Any], case: Case) -> str:
    # at least cost the benefit is none of the sum
    least = case.objective == "cost"
    benefit = 0.0 if least else float(row["benefit"])
    money = float(row["money"])
    said = "" if least else case.said(f"效益 {benefit:,.0f} ", f"benefit {benefit:,.0f} ")
    said += f"- {whole(money):,.0f}{case.said('（經費價格）', ' for its money')}"
    if row["net"] != row["net"]:
        return said + case.said("，無專案可納入", ", no project can hold it")
    joining = float(row["joining"]) if case.within else 0.0
    net = float(row["net"])
    limits = net - (benefit - money + joining)
    said += f" {whole(joining):+,.0f}{case.said('（專案影響）', ' by its project')}" if case.within else ""
    if abs(limits) >= _NOTHING:
        said += f" {whole(limits):+,.0f}{case.said('（其他限制）', ' by other limits')}"
    unit = case.said("元", "NT$") if least else case.said("點·m²·年", "points·m²·years")
    return f"{said} = {case.said('淨效益 ', '')}{whole(net):,.0f} {unit}"


def whole(value: float) -> float:
    """Return a number as it is shown, without the sign of what rounds to nothing."""
    return round(value, 0) + 0.0
