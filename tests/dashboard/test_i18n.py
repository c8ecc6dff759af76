"""Every text of the pages exists in both languages."""

import ast
import re
import string
from collections import Counter
from pathlib import Path

from dashboard import i18n, jobs

ROOM = Path(i18n.__file__).parent


def texts() -> set[str]:
    """Return every text that the code or a template asks to translate."""
    found = set()
    for file in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "t"
            if called and node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    for file in (ROOM / "templates").glob("*.html"):
        found.update(re.findall(r't\("([^"]+)"\)', file.read_text(encoding="utf-8")))
    return found


def test_every_text_has_a_chinese_one():
    assert texts() - set(i18n.catalogue("zh_TW")) == set()


def messages() -> dict[str, list[tuple[str, str]]]:
    """Return English and Chinese of each catalogue as they stand in its file: a reader of .po merges those twice."""
    found = {}
    for file in sorted((ROOM / "locale" / "zh_TW" / "LC_MESSAGES").glob("*.po")):
        pairs = re.findall(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n)+)', file.read_text(encoding="utf-8"), re.M)
        found[file.name] = [("".join(re.findall('"(.*)"', en)), "".join(re.findall('"(.*)"', zh))) for en, zh in pairs]
    return found


def test_every_text_stands_once_in_a_catalogue_and_has_one_chinese_wording():
    found = messages()
    assert {name: len(pairs) > 300 for name, pairs in found.items()} == dict.fromkeys(
        ["dashboard.po", "errors.po", "faults.po"], True
    )
    for name, pairs in found.items():
        assert (name, [en for en, times in Counter(en for en, _ in pairs).items() if times > 1]) == (name, [])
    told = {pair for pairs in found.values() for pair in pairs if pair[0]}
    assert [en for en, wordings in Counter(en for en, _ in told).items() if wordings > 1] == []


def steps() -> set[str]:
    """Return every label that the code gives to a progress callback; {} stands for a value."""
    found = set()
    for file in (f for room in ("ingest", "models", "pavement") for f in (ROOM.parent / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if called == "progress" and len(node.args) == 3:
                label = ast.unparse(node.args[2]).removeprefix("f").strip("'\"")
                found.add(re.sub(r"\{.*?\}", "iri", label))
    return found


def test_every_step_of_a_job_is_told_in_chinese():
    assert {"read", "train iri", "plan"} < steps()
    assert [s for s in steps() if not re.search("[\u4e00-\u9fff]", i18n.step_text(s))] == []
    job = jobs.JobView(1, "train", "running", "a", "amy", done=1, total=4, label="train rut", outcome="", message="")
    assert jobs.progress_line(job) == "訓練車轍深度模型  1 / 4"


def test_a_column_has_the_label_of_its_table():
    assert i18n.column_label("from_m+to_m") == "起點里程、終點里程"
    assert i18n.column_label("survey.id") == "survey.id"


def test_both_languages_name_the_same_values():
    def names(text):
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    uneven = [en for en, zh in i18n.catalogue("zh_TW").items() if names(en) != names(zh)]
    assert uneven == []


def test_without_a_request_the_first_language_is_chinese():
    assert i18n.t("Map") == "地圖"
    assert i18n.year_text(2024) == "2024（民國 113 年）"


def test_numbers_and_units():
    assert i18n.number(1234567.891, 1) == "1,234,567.9"
    assert i18n.number(float("nan"), 1) == "–"
    assert i18n.number(-0.25, 2) == "\u22120.25"
    assert [i18n.change(v, 1) for v in (1.25, -1.25, 0.01, -0.01, float("nan"))] == [
        *("+1.2", "\u22121.2", "0.0", "0.0", "–"),
    ]
    assert i18n.measure_text("iri", 2.046) == "2.05 m/km"
    assert i18n.unit_text("um") == "µm"
