"""What each version of the treatment catalogue changed against the one before."""

from __future__ import annotations

import pandas as pd

from pavement.schema import labels
from pavement.store.catalogues import FILES, SUPPLIED, as_text, csv, kept_version
from pavement.store.database import Store

_KEYS = {
    "treatments": ["treatment"],
    "triggers": ["treatment", "rule", "kind"],
    "penalty": ["kind", "value"],
    "strategy_pairs": ["first", "second"],
    "resets": ["treatment", "kind"],
}


def changes(store: Store, version: int) -> pd.DataFrame:
    """
    Return what a version changed against the one before, a row a cell.

    Returns
    -------
    frame
        table, row (its key in words), column, before, after; text as the files have it, "" for none. Of a row that
        came or went each cell is told.

    Raises
    ------
    StoreError
        The version is not in the store.
    """
    parts = []
    for name in FILES:
        keys = _KEYS[name]
        old, new = (_cells(store, number, name, keys) for number in (version - 1, version))
        both = old.merge(new, on=[*keys, "column"], how="outer", suffixes=("_old", "_new")).fillna("")
        both = both[both["cell_old"] != both["cell_new"]]
        told = both[keys].astype(str).agg(" ".join, axis=1) if len(both) else both["column"]
        parts.append(
            pd.DataFrame(
                {"table": name, "row": told, "column": both["column"], "before": both["cell_old"],
                 "after": both["cell_new"]}
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def change_lines(changed: pd.DataFrame, *, language: str) -> list[str]:
    """Return changes in words: a line a cell, and one for a whole row that went."""
    words = {name: labels(name, language=language) for name in FILES}
    # every row tells its source: without one it is there no more
    gone = changed[(changed["column"] == "source") & (changed["after"] == "")]
    rows = set(gone[["table", "row"]].itertuples(index=False, name=None))
    lines = dict.fromkeys(
        _removed(row["table"], row["row"], language)
        if (row["table"], row["row"]) in rows
        else f"{row['row']}, {words[row['table']].get(row['column'], row['column'])}: "
        f"{row['before'] or '–'} → {row['after'] or '–'}"
        for row in changed.to_dict("records")
    )
    return list(lines)


def _removed(table: str, row: str, language: str) -> str:
    """Return in words that a row went."""
    chinese = language.startswith("zh")
    if table == "strategy_pairs":
        pair = " → ".join(row.split())
        return f"移除先後組合：{pair}" if chinese else f"pair removed: {pair}"
    return f"移除：{row}" if chinese else f"removed: {row}"


def _cells(store: Store, version: int, name: str, keys: list[str]) -> pd.DataFrame:
    """Return a table cell by cell, as text."""
    kept = kept_version(store, max(version, SUPPLIED))
    # as a file: numbers of all versions are written alike
    table = as_text(csv(kept.tables[name])).replace(r"^(-?\d+)\.0+$", r"\1", regex=True)
    return table.melt(id_vars=keys, var_name="column", value_name="cell")
