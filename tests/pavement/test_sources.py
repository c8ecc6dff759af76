"""What the tables name as their source can be followed with what the product holds."""

import re
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def _told() -> pd.DataFrame:
    """Return every source of a shipped table with its file and status."""
    files = [file for folder in ("pavement/tables", "ingest/formats") for file in sorted((ROOT / folder).glob("*.csv"))]
    found = []
    for file in files:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        state = table.get("status", "")
        for column in table.columns[table.columns.str.endswith("source")]:
            found.append(pd.DataFrame({"file": file.name, "source": table[column], "status": state}))
    return pd.concat(found, ignore_index=True)


TOLD = _told()
KEYS = set(re.findall(r"^\| `([^`]+)` \|", (DOCS / "sources.md").read_text(encoding="utf-8"), re.MULTILINE))


def test_each_file_that_a_source_names_is_shipped() -> None:
    """Notes of whoever wrote a number stay with him: a source is a reference, a table or a page of ours."""
    pages = {page.name for page in DOCS.glob("*.md")}
    named = TOLD["source"].str.findall(r"[\w/]+\.md").explode().dropna()
    assert sorted({page for page in named if Path(page).name not in pages}) == []
    tables = {file.name for file in (ROOT / "pavement" / "tables").glob("*.csv")}
    assert sorted(set(TOLD["source"].str.findall(r"\w+\.csv").explode().dropna()) - tables) == []
    assert TOLD["source"][TOLD["source"].str.contains(r"\b(?:faults [A-Z]\d|design note)")].tolist() == []


def test_each_key_in_brackets_is_told_in_full() -> None:
    used = set(TOLD["source"].str.findall(r"\[([^\]]+)\]").explode().dropna())
    assert len(used) > 40
    assert sorted(used - KEYS) == []


def test_a_standard_is_named_by_its_key() -> None:
    bare = r"(?<!\[)\b(?:AASHTO (?:1993|93|R \d)|ASTM [DE]\d|ISO \d|NCHRP \d|FHWA-\w+-\d)"
    assert TOLD.loc[TOLD["source"].str.contains(bare), ["file", "source"]].drop_duplicates().to_numpy().tolist() == []


def test_nothing_that_is_from_memory_alone_is_called_verified() -> None:
    doubtful = TOLD["source"].str.contains("from memory|unverified|not read$")
    assert TOLD.loc[doubtful & TOLD["status"].eq("verified"), ["file", "source"]].to_numpy().tolist() == []
