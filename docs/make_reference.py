"""Write ``docs/settings.md`` and ``docs/data_dictionary.md`` from the tables they describe."""

from pathlib import Path

from pavement.schema import measures, read_table, schema, table_names
from pavement.settings import SETTINGS

FOLDER = Path(__file__).resolve().parent


def settings_page() -> str:
    """Return the page of settings as Markdown."""
    rows = [f"| `{s.name}` | `{s.default}` | {s.help} |" for s in SETTINGS]
    head = [
        "# Settings",
        "",
        "Each setting is read from `settings.toml` in the home folder, or from the environment as `PAVEMENT_<NAME>`,",
        "which wins. This page is made from `pavement/settings.py` by `make docs`.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def dictionary_page() -> str:
    """Return the data dictionary as Markdown."""
    lines = ["# Data dictionary 資料字典", "", "Made from `pavement/tables` by `make docs`.", ""]
    tables = read_table("tables").set_index("table")
    lines += [
        "## Measured kinds 量測項目",
        "",
        "| kind | 項目 | unit | limits | source | status |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{kind}` {row['en']} | {row['zh']} | {row['unit']} | {row['min']:g} – {row['max']:g} "
        f"| {row['source']} | {row['status']} |"
        for kind, row in measures().iterrows()
    ]
    for name in table_names():
        lines += [
            "",
            f"## `{name}` {tables.loc[name, 'zh']}",
            "",
            f"{tables.loc[name, 'en']}; kept in: {tables.loc[name, 'kept_in']}.",
            "",
        ]
        lines += [
            "| column | 名稱 | name | type | unit | limits | needed | meaning |",
            "|---|---|---|---|---|---|---|---|",
        ]
        lines += [_column(str(column), row.to_dict()) for column, row in schema(name).iterrows()]
    return "\n".join(lines) + "\n"


def _column(column: str, row: dict[str, str]) -> str:
    limits = f"{row['min']} – {row['max']}" if row["min"] or row["max"] else row["allowed"].replace("|", ", ")
    need = "key" if row["key"] == "yes" else row["required"]
    cells = [f"`{column}`", row["zh"], row["en"], row["type"], row["unit"], limits, need, row["description"]]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    (FOLDER / "settings.md").write_text(settings_page(), encoding="utf-8")
    (FOLDER / "data_dictionary.md").write_text(dictionary_page(), encoding="utf-8")
