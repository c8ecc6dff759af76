"""Write the pages that are made from code and tables: settings, data dictionary, command line."""

from pathlib import Path

from typer.main import get_command

from dashboard.cli import app
from dashboard.cli_common import EXITS
from pavement.image_parameters import thresholds
from pavement.schema import measures, read_table, schema, table_names
from pavement.settings import SETTINGS, limits_text

FOLDER = Path(__file__).resolve().parent
_LANGUAGES = (
    "Names and meanings are in Chinese and English; sources are in English only. 名稱與意義均有中英文；來源僅有英文。"
)
_SOURCES = (
    "What stands in brackets is a key of the [sources](sources.md), where the reference is told in full. "
    "方括號內為[參考文獻](sources.md)之代號。"
)
# words of the tables' own columns that the dictionary shows
_KEPT_IN = {
    "database": "資料庫",
    "parquet": "資料庫旁之 Parquet 檔",
    "derived": "不儲存，由其他表推算",
    "input": "輸入檔，轉為其他表後不保留原表",
    "folder": "影像資料夾之結果檔",
}
_KEY = (
    "needed: `key` together tells rows apart, `yes` must be filled, `no` may be empty. "
    "需要：`key` 為鍵值，合併後各列不重複；`yes` 必填；`no` 可留白。",
    "type: `text` 文字, `int` 整數, `float` 小數, `bool` 是否, `date` 日期, `datetime` 日期時刻, "
    "`geometry` 圖形, `json` JSON 文字。",
    "status: `verified` 已查證, `to confirm` 待確認, `example` 範例。",
)
IMAGE_FILES = {
    "image_files": "images.csv",
    "image_findings": "findings.csv",
    "image_zones": "zones.csv",
    "image_measures": "measures.csv",
}


def settings_page() -> str:
    """Return the page of settings as Markdown."""
    rows = [f"| `{s.name}` | `{s.default}` | {limits_text(s)} | {s.help} |" for s in SETTINGS]
    head = [
        "# Settings",
        "",
        "Each setting is read from `settings.toml` in the home folder, or from the environment as `PAVEMENT_<NAME>`,",
        "which wins. This page is made from `pavement/settings.py` by `make docs`.",
        "",
        "| setting | default | limits | meaning |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def dictionary_page() -> str:
    """Return the data dictionary as Markdown."""
    lines = ["# Data dictionary 資料字典", "", "Made from `pavement/tables` by `make docs`. " + _LANGUAGES, ""]
    lines += [_SOURCES, ""]
    lines += [*(f"- {line}" for line in _KEY), ""]
    tables = read_table("tables").set_index("table")
    lines += [
        "## Measured kinds 量測項目",
        "",
        "| kind | 項目 | unit 單位 | limits 限值 | 意義 | meaning | source 來源 | status 狀態 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{kind}` {row['en']} | {row['zh']} | {row['unit']} | {row['min']:g} – {row['max']:g} "
        f"| {row['description_zh']} | {row['description']} | {row['source']} | {row['status']} |"
        for kind, row in measures().iterrows()
    ]
    for name in table_names():
        lines += ["", *_head(name, tables.loc[name].to_dict()), ""]
        lines += [
            "| column | 名稱 | name | type 型別 | unit 單位 | limits 限值 | needed 需要 | 意義 | meaning |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        lines += [_column(str(column), row.to_dict()) for column, row in schema(name).iterrows()]
    return "\n".join(lines) + "\n"


def _head(name: str, table: dict[str, str]) -> list[str]:
    """Return the heading of a table and, in both languages, what one row of it is and where it is kept."""
    kept = table["kept_in"]
    return [
        f"## `{name}` {table['zh']} {table['en']}",
        "",
        f"每列：{table['description_zh']}。保存於：{_KEPT_IN[kept]}。",
        "",
        f"One row: {_lower(table['description'])}; kept in: {kept}.",
    ]


def _lower(text: str) -> str:
    """Return a text that goes on in a sentence; names of more than one capital stay."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _column(column: str, row: dict[str, str]) -> str:
    limits = f"{row['min']} – {row['max']}" if row["min"] or row["max"] else row["allowed"].replace("|", ", ")
    need = "key" if row["key"] == "yes" else row["required"]
    said = [row["description_zh"], row["description"]]
    cells = [f"`{column}`", row["zh"], row["en"], row["type"], row["unit"], limits, need, *said]
    return f"| {' | '.join(cells)} |"


def command_page() -> str:
    """Return every verb of the command line with its options as Markdown."""
    lines = [
        "# Command line",
        "",
        "Made from `dashboard/cli.py` and the files `cli_*.py` by `make docs`; `pavement VERB --help` says the same.",
        "",
        "## How a command ends",
        "",
        EXITS,
        "",
    ]
    for name, command in sorted(_commands(get_command(app), "").items()):
        lines += [f"## `pavement {name}`", "", (command.help or "").strip(), ""]
        for parameter in command.params:
            word = parameter.name.upper() if parameter.param_type_name == "argument" else ", ".join(parameter.opts)
            lines.append(f"- `{word}` {getattr(parameter, 'help', '') or ''}".rstrip())
        lines.append("")
    return "\n".join(lines)


def imagery_page() -> str:
    """Return the page of images, with what is made from tables put between its marks."""
    page = (FOLDER / "imagery.md").read_text(encoding="utf-8")
    for mark, lines in (("colours", _colours()), ("thresholds", _thresholds()), ("columns", _file_columns())):
        start, end = f"<!-- {mark}: made by `make docs` -->", f"<!-- end of {mark} -->"
        before, _, rest = page.partition(start)
        page = "\n".join([before + start, "", *lines, "", end + rest.partition(end)[2]])
    return page


def _colours() -> list[str]:
    rows = read_table("finding_kinds").itertuples()
    head = ["| colour | 顏色所示 | what it shows |", "|---|---|---|"]
    return [*head, *(f"| `{row.colour}` | {row.zh} | {row.en} |" for row in rows)]


def _thresholds() -> list[str]:
    """Return the thresholds that may be set, with their limits."""
    head = ["| threshold | value | limits | unit | higher | meaning |", "|---|---|---|---|---|---|"]
    rows = [
        f"| `{name}` | {row['value']:g} | {row['min']:g} to {row['max']:g} | {row['unit']} | {row['higher']} "
        f"| {row['note'].partition(' Source')[0]} |"
        for name, row in thresholds().iterrows()
    ]
    return [*head, *rows]


def _file_columns() -> list[str]:
    """Return the columns of the files of a folder of images, with their units."""
    lines: list[str] = []
    for table, file in IMAGE_FILES.items():
        lines += ["", f"**`{file}`**", "", "| column | 名稱 | unit | 意義 | meaning |", "|---|---|---|---|---|"]
        for column, row in schema(table).iterrows():
            words = f" ({row['allowed'].strip('|').replace('|', ', ')})" if row["allowed"] else ""
            meaning = f"{row['description_zh']} | {row['description']}{words}"
            lines.append(f"| `{column}` | {row['zh']} | {row['unit']} | {meaning} |")
    return lines[1:]


def _commands(group: object, prefix: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, command in getattr(group, "commands", {}).items():
        found |= (
            _commands(command, f"{prefix}{name} ") if hasattr(command, "commands") else {f"{prefix}{name}": command}
        )
    return found


if __name__ == "__main__":
    (FOLDER / "settings.md").write_text(settings_page(), encoding="utf-8")
    (FOLDER / "data_dictionary.md").write_text(dictionary_page(), encoding="utf-8")
    (FOLDER / "command_line.md").write_text(command_page(), encoding="utf-8")
    (FOLDER / "imagery.md").write_text(imagery_page(), encoding="utf-8")
