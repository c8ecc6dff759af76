"""Gaps and overlaps of the frames of a run, as a card of its page."""

from __future__ import annotations

from dash import html

from dashboard import i18n, queries, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from pavement.schema import labels
from pavement.store import published

_SHOWN = 200
_COLUMNS = ("kind", "from_m", "to_m", "length_m", "before", "after")


def card(context: Context, run: str) -> html.Section | None:
    """Return what the frames of a run leave out or see twice; nothing for a run without, or no longer in force."""
    found = published.table(context.store, "frame_coverage", filters=[("run", "==", run)])
    if not len(found):
        return None
    words = labels("frame_coverage", language=i18n.language())
    lines = [
        [
            i18n.place(row["route"], row["direction"], row["lane"], row["from_m"], row["to_m"]),
            _kind_text(row["kind"]),
            *[number(row[column], 1) for column in ("from_m", "to_m", "length_m")],
            row["before"],
            row["after"],
        ]
        for row in found.head(_SHOWN).to_dict("records")
    ]
    heads = [t("Place"), *[words[column] for column in _COLUMNS]]
    sums = found.groupby("kind")["length_m"].agg(["size", "sum"])
    told = t(", ").join(
        f"{_kind_text(str(kind))} {number(count)} ({number(length, 1)} m)"
        for kind, count, length in sums.itertuples(name=None)
    )
    more = t("The first {shown} of {all} are listed.", shown=_SHOWN, all=number(len(found)))
    return ui.card(
        queries.table_label("frame_coverage"),
        html.P([told, " – ", t("each place is counted once; ends belong to the next stretch.")], className="note"),
        ui.table(heads, lines, numeric=[2, 3, 4]),
        html.P(more, className="note") if len(found) > _SHOWN else None,
        wide=True,
    )


def _kind_text(kind: str) -> str:
    words = {
        "gap": t("gap"),
        "unjudged": t("not judged"),
        "overlap": t("overlap"),
        "doubled": t("given twice"),
    }
    return words.get(kind, kind)
