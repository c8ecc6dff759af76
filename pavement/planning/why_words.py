"""Why a length has the work it has, and what would change that, in sentences of both languages."""

from __future__ import annotations

from pavement.planning.economics import parameters
from pavement.planning.slots import SLOTS, slots
from pavement.planning.why_case import Case, Row, Told, gain_of, strategy_of
from pavement.planning.words import money_text, percent_text


def why_told(case: Case) -> list[Told]:
    """Return the questions about a length with their answers, those that can be answered."""
    found = [_decided(case)]
    if case.margins:
        found += [_year(case), _neighbour(case), _price(case), _money(case), _condition(case)]
    return [told for told in found if told.answer]


def _decided(case: Case) -> Told:
    """Say what people's decision on the length costs."""
    question = case.said("人員之決定代價為何？", "What does the decision cost?")
    o = case.override
    if not o:
        return Told(question, "")
    parts = [best_without(case), _made_anew(o, case)]
    if o["lost_most"] == o["lost_most"]:
        most = gain_of(float(o["lost_most"]), case)
        parts.append(case.said(f"損失至多 {most}。", f"At most {most} is lost."))
    if not any(parts[:2]):
        parts.append(
            case.said(
                "實際損失尚不知；如需得知，請撤回此決定後重新製作計畫，比較兩計畫之效益。",
                "How much is lost is not known: to learn it take the decision back, make the plan again, and compare "
                "the benefit of both.",
            )
        )
    text = ("" if case.language == "zh" else " ").join(part for part in parts if part)
    return Told(question, text)


def best_without(case: Case) -> str:
    """Say what would be best without the decision, and what it costs at the prices of the plan; "" if not known."""
    o = case.override
    if not o or not o["lost"] >= 0:
        return ""
    free = {"first": o["free_first"], "first_year": o["free_year"]}
    for slot in SLOTS[1:]:
        if f"free_{slot}" in o:
            free |= {slot: o[f"free_{slot}"], f"{slot}_year": o[f"free_{slot}_year"]}
    what, cost = strategy_of(free, case), money_text(float(o["free_cost"]), case.language)
    lost = gain_of(float(o["lost"]), case)
    return case.said(
        f"若無此決定，最佳方案為{what}（{cost}）；依計畫價格損失 {lost}。",
        f"Without it the best is {what} ({cost}): {lost} lost at the prices of the plan.",
    )


def _made_anew(o: Row, case: Case) -> str:
    """Say what a plan made anew without a decision gains."""
    if o["solved_lost"] != o["solved_lost"]:
        return ""
    if not o["solved_lost"] > 0:
        return case.said(
            "不含此決定重新求解，於間隙內未找到更好之計畫。",
            "A plan made anew without it: nothing better was found within the gap.",
        )
    solved, spent = gain_of(float(o["solved_lost"]), case), money_text(float(o["solved_cost"]), case.language)
    if case.objective == "cost" and o["solved_lost"] < -o["solved_cost"] - 1:
        return case.said(
            f"不含此決定重新求解，總費用差 {spent}；其中至多 {solved}（所決定工程之費用）歸因於此決定，"
            "其餘為求解之間隙。",
            f"A plan made anew without it costs {spent} more; at most {solved} of that, what the decided works cost, "
            "is of the decision, the rest is the gap of the search.",
        )
    return case.said(
        f"不含此決定重新求解，效益多 {solved}，總費用差 {spent}。",
        f"A plan made anew without it gains {solved} more and costs {spent} more.",
    )


def _year(case: Case) -> Told:
    """Say why the work is not a year earlier or later."""
    question = case.said("為何是這一年？", "Why this year?")
    if not case.margins["taken"]:
        return Told(question, "")
    if case.margins["forced"]:
        return Told(question, case.said("依人員決定。", "By decision."))
    own = case.considered[case.considered["taken"]].iloc[0]
    parts = []
    for beside, zh, en in ((-1, "提前一年", "A year earlier"), (1, "延後一年", "A year later")):
        near = case.considered[case.considered["first_year"] == int(own["first_year"]) + beside]
        if near.empty:
            parts.append(
                case.said(
                    f"{zh}：無可行方案（未達條件、凍結期、人員決定或計畫期外）。",
                    f"{en}: nothing can be done (no trigger, a moratorium, a decision, or beyond the plan).",
                )
            )
            continue
        best = near.iloc[0]
        if best["net"] != best["net"]:
            parts.append(_no_project(best, zh, en, case))
            continue
        less = float(own["net"]) - float(best["net"])
        what = strategy_of(best, case)
        if gain_of(less, case) == gain_of(0.0, case):
            parts.append(case.said(f"{zh}之{what}淨效益相當。", f"{en} {what} gains as much."))
        elif less >= 0:
            parts.append(
                case.said(
                    f"{zh}最佳為 {what}，淨效益少 {gain_of(less, case)}。",
                    f"{en} the best is {what}: {gain_of(less, case)} less net gain.",
                )
            )
        else:
            parts.append(
                case.said(
                    f"{zh}之{what}淨效益多 {gain_of(-less, case)}，惟{_no_room(case)}。",
                    f"{en} {what} would gain {gain_of(-less, case)} more net, but {_no_room(case)}.",
                )
            )
    if case.within:
        parts.append(
            case.said("已計入動員費與鄰段配合之改變。", "Mobilisation and what neighbours then do are counted.")
        )
    return Told(question, case.said("", " ").join(parts))


def _neighbour(case: Case) -> Told:
    """Say what is done on the lengths beside it, and how far they are from work."""
    question = case.said("為何不是鄰近單元？", "Why not the neighbour?")
    parts = []
    for side, zh, en in (("before", "前方單元", "Length before"), ("after", "後方單元", "Length after")):
        row = case.neighbours.get(side)
        if row is None:
            continue
        if not row:
            parts.append(
                case.said(f"{zh}：沒有達到條件且有效益之工法。", f"{en}: no treatment is triggered and gains.")
            )
            continue
        what, cost = strategy_of(row, case), money_text(float(row["cost"]), case.language)
        net = gain_of(float(row["net"]), case)
        if row["net"] != row["net"]:
            parts.append(_no_project(row, zh, en, case))
        elif row["taken"]:
            text = case.said(
                f"{zh}亦入選：{what}（{cost}，淨效益 {net}）。", f"{en} is taken too: {what} ({cost}, net {net})."
            )
            parts.append(text + case.said("", " ") + _joined(row, case) if case.within else text)
        elif float(row["net"]) >= 0:
            parts.append(
                case.said(
                    f"{zh}最佳為 {what}（{cost}，淨效益 {net}），惟{_no_room(case)}。",
                    f"{en}: best {what} ({cost}, net {net}), but {_no_room(case)}.",
                )
            )
        else:
            parts.append(
                case.said(
                    f"{zh}最佳為 {what}（{cost}），以該年經費價格計淨效益 {net}，不值得{_alone(row, case)}。",
                    f"{en}: best {what} ({cost}), net {net} at the price of money: not worth it{_alone(row, case)}.",
                )
            )
    return Told(question, case.said("", " ").join(parts))


def _no_project(row: Row, zh: str, en: str, case: Case) -> str:
    """Return that no project can hold a strategy."""
    what = strategy_of(row, case)
    return case.said(
        f"{zh}：{what}無專案可納入（鄰段於該年無可行工程，或長度不足）。",
        f"{en}: no project can hold {what} (no work on its neighbours in those years, or too short a stretch).",
    )


def _joined(row: Row, case: Case) -> str:
    """Return which project the work of a length is in, and what it would gain by itself."""
    others, project = int(row["others"]), str(row["project"])
    if others == 0:
        return case.said(f"自成專案 {project}。", f"It is project {project} by itself.")
    same = project == case.margins.get("project")
    where = case.said(f"{'同一' if same else ''}專案 {project}", f"{'the same ' if same else ''}project {project}")
    return case.said(
        f"與另 {others} 個單元併為{where}{_alone(row, case)}。",
        f"It is joined with {others} other length{'s' if others > 1 else ''} in {where}{_alone(row, case)}.",
    )


def _alone(row: Row, case: Case) -> str:
    """Return what a work would gain by itself, where projects are counted."""
    if not case.within:
        return ""
    alone = gain_of(float(row["alone"]), case)
    return case.said(f"；單獨施作並自付動員費，淨效益 {alone}", f"; alone, with a mobilisation of its own, net {alone}")


def _price(case: Case) -> Told:
    """Say how much dearer or cheaper the work must be for another answer."""
    question = case.said("費用須改變多少？", "What if it costs more or less?")
    m = case.margins
    cost, limit = float(m["cost"]), float(m["limit_cost"])
    if m["forced"]:
        return Told(
            question, case.said("依人員決定施作，費用不影響。", "It is decided: its cost does not change that.")
        )
    if limit != limit or cost <= 0:
        hopeless = case.within and not m["taken"] and m["net"] != m["net"]
        nearest = case.said("最接近者", "Nearest")
        return Told(question, _no_project(m, nearest, nearest, case) if hopeless else "")
    if limit <= 0 and not m["taken"]:
        what = strategy_of(m, case)
        return Told(
            question,
            case.said(
                f"最接近者為{what}；即使不計費用，因其他限制{'或專案動員' if case.within else ''}亦不值得。",
                f"Nearest is {what}: even free of cost other limits {'or its project ' if case.within else ''}"
                "stand against it.",
            ),
        )
    now, then = money_text(cost, case.language), money_text(max(limit, 0.0), case.language)
    now += case.said("（不含動員費）", " without mobilisation") if case.within else ""
    change = percent_text(abs(limit - cost) / cost)
    if m["taken"] and float(m["lead"]) < 0:
        return Told(question, _ahead(case))
    if m["taken"] and then == money_text(cost, case.language):
        equal = case.said(f"目前 {now}；另有方案淨效益相當，稍貴即會改變。", f"Now {now}; another choice is as good.")
        return Told(question, equal)
    if m["taken"]:
        return Told(
            question,
            case.said(
                f"目前 {now}；超過 {then}（貴 {change}）才會改變。",
                f"Now {now}; above {then} ({change} dearer) the answer changes.",
            ),
        )
    if float(m["lead"]) < 0:
        return Told(
            question,
            case.said(
                f"{strategy_of(m, case)}之淨效益為正，惟{_no_room(case)}。",
                f"{strategy_of(m, case).capitalize()} would be worth it, but {_no_room(case)}.",
            ),
        )
    if then == money_text(cost, case.language):
        near = strategy_of(m, case)
        little = case.said(
            f"最接近者為{near}，目前 {now}；略降即會入選。", f"Nearest is {near}, now {now}; a little less would do."
        )
        return Told(question, little)
    return Told(
        question,
        case.said(
            f"最接近者為{strategy_of(m, case)}，目前 {now}；低於 {then}（便宜 {change}）才會入選。",
            f"Nearest is {strategy_of(m, case)}, now {now}; below {then} ({change} cheaper) it is worth it.",
        ),
    )


def _ahead(case: Case) -> str:
    return case.said(
        f"以目前價格另有方案淨效益較高，惟{_no_room(case)}。",
        f"At these prices another choice is ahead, but {_no_room(case)}.",
    )


def _no_room(case: Case) -> str:
    """Return why a choice of a better net gain is not taken."""
    if case.within:
        return case.said(
            "其專案整個放不進所餘經費或其他限制", "whole projects with it do not fit into what money or limits leave"
        )
    return case.said("該年經費或其他限制已無餘裕", "the money of that year or another limit is used up")


def _money(case: Case) -> Told:
    """Say between which prices of money, and with how much less or more of it, the answer stays."""
    question = case.said("預算須改變多少？", "What if there is more or less money?")
    m = case.margins
    tried = not case.within or m["price_tried"] == m["price_tried"]
    if case.objective == "cost" or m["forced"] or not float(m["lead"]) >= 0 or not tried:
        return Told(question, "")
    year, price = int(m["year"]), float(m["price"])
    if m["taken"]:
        low, high = f"{float(m['price_low']):.3f}", float(m["price_high"])
        top = f"{high:.3f}" if high == high else _beyond(case)
        amount = float(m["money_less"])
        less = money_text(amount, case.language) if amount == amount else ""
        gap = "" if high != high else " "
        text = case.said(
            f"{year} 年經費價格（每元效益）為 {price:.3f}；自 {low} 起，到{gap}{top} 為止，答案不變。",
            f"The price of money in {year} is {price:.3f} (gain per NT$); from {low} to {top} the answer stays.",
        )
        if amount == 0:
            text += case.said("該年經費減少時，本工程最先讓出。", " If there is less in that year, it gives way first.")
        elif less:
            text += case.said(
                f"該年經費減少時，其他工程（合計約 {less}）先讓出。",
                f" If there is less in that year, other works of about {less} give way first.",
            )
        return Told(question, text)
    if m["price_low"] != m["price_low"]:
        none = case.said(
            f"{year} 年經費價格即使為 0，因專案動員與鄰段亦不值得。",
            f"Even at a price of money of 0 in {year} it is not worth what its project asks for.",
        )
        return Told(question, none)
    more = money_text(float(m["money_more"]), case.language)
    return Told(
        question,
        case.said(
            f"{year} 年經費價格須由 {price:.3f} 降至 {float(m['price_low']):.3f}；該年約須再增 {more}（含較優先者）。",
            f"The price of money in {year} must fall from {price:.3f} to {float(m['price_low']):.3f}: about {more} "
            "more in that year, with what comes before it.",
        ),
    )


def _beyond(case: Case) -> str:
    """Return up to which price of money at least the answer stays, where none was found at which it turns."""
    if not case.within:
        return "∞"
    tried = f"{float(case.margins['price_tried']):.3f}"
    return case.said(f"至少 {tried}", f"at least {tried}")


def _condition(case: Case) -> Told:
    """Say how much worse or better the condition must be for another best strategy."""
    question = case.said("狀況須改變多少？", "What if the condition is other than forecast?")
    m = case.margins
    if "worse" not in m or case.objective == "cost" or m["forced"]:
        return Told(question, "")
    parts, most = [], percent_text(parameters()["shift_most"])
    for name, zh, en in (("worse", "較差", "worse"), ("better", "較佳", "better")):
        share = float(m[name])
        if share != share:
            parts.append(
                case.said(
                    f"所有預測值{zh}達 {most}，最佳方案仍不變。",
                    f"Up to {most} {en}: no change.",
                )
            )
            continue
        then = {key: m[f"{name}_{key}"] for slot in slots(m) for key in (slot, f"{slot}_year")}
        what = strategy_of(then, case)
        # at the prices another choice may be ahead of what is planned
        planned = case.said("，即本計畫所採", ", as planned") if m["taken"] and what == strategy_of(m, case) else ""
        parts.append(
            case.said(
                f"所有預測值{zh} {percent_text(share)}時，最佳方案變為 {what}{planned}。",
                f"{percent_text(share)} {en} in all forecast values: the best is then {what}{planned}.",
            )
        )
    if case.within:
        parts.append(case.said("鄰段狀況不變。", "The condition of its neighbours stays."))
    return Told(question, case.said("", " ").join(parts))
