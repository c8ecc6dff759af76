"""The report of a plan to print: key figures, money, condition, map and work list, as HTML or PDF."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from pavement.errors import StoreError
from pavement.network.chainage import posted
from pavement.network.chainage_equations import posted_of_measures
from pavement.planning.answer_words import proof_words
from pavement.schema import labels, measures, read_table, schema
from pavement.store import plans, published, segments
from pavement.store.basis_words import basis_in_words
from pavement.store.database import Store
from pavement.store.exports import action_shapes, posted_ends
from pavement.store.files import whole
from pavement.store.price_words import plan_prices
from pavement.store.project_rows import projects, projects_frame
from pavement.store.report_charts import bars, lines, route_map
from pavement.store.report_sections import approval_words, decisions_told, limits_used
from pavement.store.work_details import work_details
from pavement.store.work_words import printed
from pavement.store.worklist_export import worklist_basis
from pavement.units import unit_sign

FORMATS = (".html", ".pdf")
# metres between kilometre posts on the map
_POSTS = (1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0, 100_000.0)
# each in Chinese and English
_WORDS = {
    "title": ("鋪面整修計畫報告", "Pavement plan report"),
    "works": ("工程數", "Works"),
    "cost": ("費用 [百萬元]", "Cost [M NT$]"),
    "budget": ("預算 [百萬元]", "Budget [M NT$]"),
    "gap": ("與可證明上限之差距", "Gap to the proven bound"),
    "money": ("各年度經費 [百萬元]（外框為預算）", "Money by year [M NT$] (frames: budget)"),
    "condition": ("路網平均狀況", "Mean condition of the network"),
    "plan": ("依計畫", "with the plan"),
    "nothing": ("不施工", "without work"),
    "mix": ("各工法", "By treatment"),
    "treatment": ("工法", "Treatment"),
    "beside": ("與慣用規劃方式並列", "Beside usual ways to plan"),
    "way": ("規劃方式", "Way to plan"),
    "benefit": ("效益 [占本計畫 %]", "Benefit [% of the plan]"),
    "penalty": ("末年平均綜合劣化分數", "Mean condition penalty, last year"),
    "area": ("面積 [m²]", "Area [m²]"),
    "map": ("工程位置（依年度）", "Places of works, by year"),
    "projects": ("施工專案", "Projects"),
    "limits": ("計畫之限制", "Limits of the plan"),
    "decided": ("人員決定及其代價", "What people decided, and what it costs"),
    "list": ("工作清單", "Work list"),
    "basis": ("依據", "What it rests on"),
    "page": ("頁", "page"),
}
_WAYS = {
    "plan": ("本計畫", "This plan"),
    "yearly": ("逐年最佳化", "Best of each year in turn"),
    "ratio": ("效益成本比排序", "List by benefit per cost"),
    "worst": ("最差優先", "Worst first"),
    "nothing": ("僅已決定之工程", "Decided works only"),
}
_STYLE = """
@page { size: A3 landscape; margin: 14mm 12mm 14mm 12mm;
  @bottom-right { font-family: sans-serif; content: counter(page) " / " counter(pages); font-size: 9pt; color: #5b6875 }
  @bottom-left { font-family: sans-serif; content: "%(foot)s"; font-size: 9pt; color: #5b6875 } }
body { font-family: "Noto Sans CJK TC", "Microsoft JhengHei", "PingFang TC", "Noto Sans", sans-serif; color: #1d2b3a;
  font-size: 9.5pt; line-height: 1.4; margin: 0 }
h1 { font-size: 20pt; margin: 0 } h2 { font-size: 12pt; margin: 14pt 0 4pt; break-after: avoid }
table { border-collapse: collapse; width: 100%% } thead { display: table-header-group } tr { break-inside: avoid }
th, td { border: 0.5pt solid #b8c1ca; padding: 3pt 4pt; text-align: left; vertical-align: top; white-space: pre-line;
  overflow-wrap: break-word }
th { background: #e8edf2 } td.n { text-align: right; white-space: nowrap }
.list { break-before: page } .list, .few { font-size: 8pt }
.figures, .row { display: flex; flex-wrap: wrap; gap: 16pt; align-items: flex-start }
.figures b { display: block; font-size: 15pt }
.map { break-before: page } .map svg { width: 100%%; height: auto } .note { color: #5b6875; overflow-wrap: anywhere }
@media screen { body { max-width: 1500px; margin: 18px auto; padding: 0 24px } .map svg { max-height: 90vh } }
"""


def plan_report(store: Store, out: Path, *, plan: str | None = None, language: str = "zh_TW") -> Path:
    """
    Write the report of a plan, the newest when none is named.

    Parameters
    ----------
    out
        ``.html`` holds everything in one file, to be printed from a browser; ``.pdf`` needs Pango on the machine.

    Raises
    ------
    StoreError
        No plan, another suffix, or Pango is missing.

    Notes
    -----
    Letters are those of the machine it is printed on: Noto Sans CJK TC, Microsoft JhengHei or PingFang TC.
    """
    kind = out.suffix.lower()
    if kind not in FORMATS:
        raise StoreError(f"{out.name}: unknown format.", cure=f"Use one of {', '.join(FORMATS)}.")
    chosen = plans.newest(store) if plan is None else plans.named(store, plan)
    if chosen is None:
        raise StoreError("There is no plan yet.", cure="Make one: pavement plan.")
    page = report_page(store, chosen, language=language)
    # looked for before the file is begun
    to_pdf = _pdf_writer() if kind == ".pdf" else None
    with whole(out) as part:
        if to_pdf is None:
            part.write_text(page, encoding="utf-8")
        else:
            to_pdf(string=page).write_pdf(part)
    return out


def has_pdf() -> bool:
    """Return whether this machine can write PDF: the letters are set by Pango, a library of the system."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def _pdf_writer() -> Any:
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        raise StoreError(
            "A PDF needs the library Pango, which is not found here.",
            cure="On Debian: apt install libpango-1.0-0 libpangoft2-1.0-0; or write .html and print it from a browser.",
        ) from error
    return HTML


def report_page(store: Store, plan: plans.SavedPlan, *, language: str) -> str:
    """Return the report of a plan as one HTML page, with charts and map inside."""
    zh = language.startswith("zh")
    words = {name: pair[0 if zh else 1] for name, pair in _WORDS.items()}
    words["prices"] = plan_prices(store, plan, language=language)
    actions = plans.actions(store, plan)
    details = work_details(store, plan, actions)
    ends = posted_ends(actions, published.table(store, "chainage"), language=language)
    sheet = printed(actions.assign(**ends), details, language=language, head="", foot="")
    title = f"{words['title']}　{plan.plan}" if zh else f"{words['title']} {plan.plan}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="note">{escape(words["prices"])} {escape(_proof(plan, language))}</p>',
        _figures(plan, actions, words),
        f'<div class="row"><div>{_money(plan, actions, words)}</div><div>{_mix(actions, words, zh=zh)}</div>'
        f'<div style="max-width: 300pt">{_beside(store, plan, words, zh=zh)}</div></div>',
        f'<p class="note">{escape(approval_words(store, plan, language=language))}</p>',
        _condition(store, plan, words, language=language),
        _map(store, actions, words, language=language),
        _listed(words["limits"], limits_used(store, plan, language=language)),
        _listed(words["decided"], decisions_told(store, plan, language=language)),
        _projects(store, plan, words, language=language),
        f'<section class="list"><h2>{escape(words["list"])}</h2>',
        _table(sheet.frame, sheet.digits, sheet.widths) + "</section>",
        _basis(store, plan, words, language=language),
    ]
    style = _STYLE % {"foot": f"{plan.plan}  {words['prices']}"}
    tag = "zh-Hant-TW" if zh else "en"
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{style}</style>'
    return f'<!DOCTYPE html><html lang="{tag}"><head>{head}</head><body>{"".join(body)}</body></html>'


def _figures(plan: plans.SavedPlan, actions: pd.DataFrame, words: dict[str, str]) -> str:
    budget = sum(float(v) for v in plan.summary.get("budgets", {}).values())
    found = {
        "works": f"{len(actions):,}",
        "cost": f"{actions['cost'].sum() / 1e6:,.1f}",
        "budget": f"{budget / 1e6:,.1f}",
    }
    if "gap" in plan.summary:
        found["gap"] = f"{100 * float(plan.summary['gap']):.3f} %"
    shown = "".join(f"<div>{escape(words[name])}<b>{value}</b></div>" for name, value in found.items())
    return f'<div class="figures">{shown}</div>'


def _proof(plan: plans.SavedPlan, language: str) -> str:
    """Return how near the best the plan is proven to be; nothing of a plan that does not tell its gap."""
    method, gap = plan.summary.get("method", {}), plan.summary.get("gap")
    if gap is None:
        return ""
    objective = str(method.get("objective", "benefit"))
    return proof_words(float(gap), projects=bool(method.get("projects")), objective=objective, language=language)


def _projects(store: Store, plan: plans.SavedPlan, words: dict[str, str], *, language: str) -> str:
    """Return the list of projects; nothing where each work stands by itself."""
    table = projects(store, plan)
    if table.empty:
        return ""
    frame = projects_frame(table, language=language, equations=published.table(store, "chainage"))
    names = labels("plan_projects", language=language)
    frame = frame.drop(columns=[names[c] for c in ("from_m", "to_m", "route", "direction", "office")])
    units = schema("plan_projects")["unit"]
    signs = {names[c]: names[c].replace(f"[{u}]", f"[{unit_sign(u, language=language)}]") for c, u in units.items()}
    digits = {names[c]: 0 for c in ("works", "area_m2", "cost", "mobilisation", "saved")} | {names["nights"]: 1}
    frame = frame.assign(**{names["year"]: frame[names["year"]].astype(str)}).rename(columns=signs)
    body = _table(frame, {signs[name]: number for name, number in digits.items()}, {})
    return f'<section class="list"><h2>{escape(words["projects"])}</h2>{body}</section>'


def _listed(head: str, frame: pd.DataFrame) -> str:
    """Return a short list; nothing where it is empty."""
    return f'<section class="few"><h2>{escape(head)}</h2>{_table(frame, {}, {})}</section>' if len(frame) else ""


def _money(plan: plans.SavedPlan, actions: pd.DataFrame, words: dict[str, str]) -> str:
    known = {int(year): float(v) / 1e6 for year, v in plan.summary.get("budgets", {}).items()}
    if not known:
        return ""
    budgets = pd.Series(known).sort_index()
    spent = (actions.groupby("year")["cost"].sum() / 1e6).reindex(budgets.index).fillna(0.0)
    return f"<h2>{escape(words['money'])}</h2>{bars(spent, budgets)}"


def _mix(actions: pd.DataFrame, words: dict[str, str], *, zh: bool) -> str:
    names = read_table("treatments").set_index("treatment")["zh" if zh else "en"]
    by = actions.groupby("treatment", as_index=False).agg(
        works=("unit", "size"), area=("area_m2", "sum"), cost=("cost", "sum")
    )
    frame = by.sort_values("cost", ascending=False).assign(
        treatment=by["treatment"].map(names).fillna(by["treatment"]), cost=by["cost"] / 1e6
    )
    frame = frame.rename(columns={name: words[name] for name in frame.columns})
    digits = {words["works"]: 0, words["area"]: 0, words["cost"]: 1}
    return f"<h2>{escape(words['mix'])}</h2>{_table(frame, digits, {})}"


def _beside(store: Store, plan: plans.SavedPlan, words: dict[str, str], *, zh: bool) -> str:
    """Return what usual ways to plan make of the same money; nothing for a plan that was kept without."""
    if "baselines" not in plan.objects:
        return ""
    frame = plans.frame(store, plan, "baselines")
    last = frame[(frame["year"] == frame["year"].max()) & (frame["kind"] == "penalty")].set_index("method")
    spent = frame.drop_duplicates(["method", "year"]).groupby("method")["spent"].sum()
    ways = [way for way in _WAYS if way in last.index]
    whole = float(last["benefit"].get("plan", 0.0))
    if not ways or whole <= 0:
        return ""
    names = {way: pair[0 if zh else 1] for way, pair in _WAYS.items()}
    if not spent.get("nothing", 0.0):
        names["nothing"] = words["nothing"].capitalize()
    columns = {
        words["way"]: [names[way] for way in ways],
        words["benefit"]: 100 * last["benefit"][ways].to_numpy() / whole,
        words["cost"]: spent[ways].to_numpy() / 1e6,
        words["penalty"]: last["mean"][ways].to_numpy(),
    }
    digits = {words["benefit"]: 1, words["cost"]: 1, words["penalty"]: 2}
    return f"<h2>{escape(words['beside'])}</h2>{_table(pd.DataFrame(columns), digits, {})}"


def _condition(store: Store, plan: plans.SavedPlan, words: dict[str, str], *, language: str) -> str:
    if "condition" not in plan.objects:
        return ""
    frame = plans.frame(store, plan, "condition")
    table = measures()
    charts = []
    # the penalty of all kinds together has no unit and no place on a chart of its own
    for kind in [k for k in frame["kind"].unique() if k in table.index]:
        own = frame[frame["kind"] == kind]
        named = {
            words[name]: own[own["scenario"] == name].set_index("year")["mean"].sort_index()
            for name in ("plan", "nothing")
        }
        # what no model forecasts would show the level of its last survey as if that were to come
        bare = own.loc[own["scenario"] == "nothing", "mean"]
        if bare.isna().all() or bare.max() == bare.min():
            continue
        sign = unit_sign(str(table["unit"][kind]), language=language)
        name = f"{table['zh' if language.startswith('zh') else 'en'][kind]} [{sign or '-'}]"
        charts.append(f"<div><b>{escape(name)}</b><br>{lines(named)}</div>")
    return f'<h2>{escape(words["condition"])}</h2><div class="row">{"".join(charts)}</div>'


def _map(store: Store, actions: pd.DataFrame, words: dict[str, str], *, language: str) -> str:
    cells = segments.cells(store)
    shapes = action_shapes(actions, cells)
    marks = kilometre_posts(cells, published.table(store, "chainage"), language=language)
    drawn = route_map(cells.geometry, shapes, actions["year"].astype(str).tolist(), marks=marks)
    return f'<section class="map"><h2>{escape(words["map"])}</h2>{drawn}</section>' if drawn else ""


def kilometre_posts(cells: gpd.GeoDataFrame, equations: pd.DataFrame, *, language: str) -> gpd.GeoSeries:
    """Return about twenty points at round chainage along the routes, one lane of each, with what is posted there."""
    one = cells.sort_values(["route", "direction", "lane", "from_m"])
    first = one.groupby("route")[["direction", "lane"]].transform("first")
    one = one[(one[["direction", "lane"]] == first).all(axis=1)].reset_index(drop=True)
    length = float((one["to_m"] - one["from_m"]).sum())
    step = next((s for s in _POSTS if length <= 20 * s), _POSTS[-1])
    begin = posted_of_measures(one.assign(measure=one["from_m"]), equations)
    round_ = np.ceil(begin["posted"] / step - 1e-9) * step
    share = (round_ - begin["posted"]) / (one["to_m"] - one["from_m"])
    own = share < 1
    held, share = one[own], share[own]
    places = zip(held["route"], round_[own], begin["piece"][own], strict=True)
    texts = [posted(route, measure, "", language=language, piece=piece) for route, measure, piece in places]
    return gpd.GeoSeries(held.geometry.interpolate(share, normalized=True).to_numpy(), index=texts, crs=cells.crs)


def _basis(store: Store, plan: plans.SavedPlan, words: dict[str, str], *, language: str) -> str:
    # the summary stands in the figures above
    notes = {k: v for k, v in worklist_basis(store, plan).items() if k != "summary"}
    rows = "".join(
        f"<tr><td>{escape(k)}</td><td>{escape(v)}</td></tr>"
        for k, v in basis_in_words(notes, language=language).items()
    )
    return f'<h2>{escape(words["basis"])}</h2><table class="note">{rows}</table>'


def _table(frame: pd.DataFrame, digits: Any, widths: Any) -> str:
    """Return a frame as a table; columns with digits hold numbers."""
    total = sum(widths.values())
    sizes = "".join(f'<col style="width:{100 * widths[c] / total:.1f}%">' for c in frame.columns) if total else ""
    heads = "".join(f"<th>{escape(str(c))}</th>" for c in frame.columns)
    cells: list[Sequence[str]] = [_cells(frame[c], digits.get(c)) for c in frame.columns]
    rows = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True))
    return f"<table>{sizes}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(column: pd.Series, digits: int | None) -> list[str]:
    if digits is None:
        return [f"<td>{escape(str(v)) if v == v and v is not None else ''}</td>" for v in column]
    return [f'<td class="n">{"" if v != v else f"{v:,.{digits}f}"}</td>' for v in column.astype(float)]
