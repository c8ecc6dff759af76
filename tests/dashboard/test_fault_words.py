"""Faults are told in the language of the page, and nothing is hidden where a translation is missing."""

import re
from pathlib import Path

import pytest

from dashboard import fault_words as catalogue
from dashboard.fault_words import fault_words
from ingest.run import ingest_package
from pavement.errors import StoreError
from pavement.settings import load_settings
from pavement.store.database import open_store
from sample_data.__main__ import broken
from sample_data.bundle import FOLDER
from tests.dashboard.messages import GAP, messages
from tests.dashboard.test_pages import page_text

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ROOT = Path(catalogue.__file__).parents[1]
# names of files and of where a setting stands, which stay as they are
NAME = re.compile(r"\S*[.\[]\S*|arguments|environment|photo")


def untold(message: str) -> list[str]:
    """Return the parts of a message that are as English in Chinese; the value 7 stands for every value."""
    english = message.replace(GAP, "7")
    told = fault_words(english, language="zh_TW")
    parts = re.split(r"(?<=[.?]) |: ", english)
    return [p for p in parts if re.search("[A-Za-z]{2}", p) and not NAME.fullmatch(p) and p in told]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Route 'N77' is not on the network.", "路網中沒有路線 'N77'。"),
        ("events.csv is empty. Send a complete package again.", "events.csv 是空檔。請重新傳送完整的資料包。"),
        (
            "No record could be used: a.csv: a.csv is named .csv but its content is zip. Send it again.",
            "沒有可用的紀錄：a.csv：a.csv 的副檔名為 .csv，內容卻是 zip。請重新傳送。",
        ),
        (
            "No record could be used: a.csv: the table events needs the columns kind; the file has b.",
            "沒有可用的紀錄：a.csv：資料表 events 需要欄位 kind；檔案有 b。",
        ),
        (
            "plan-0005: 196 works on 121 of 121 treatment lengths, 2026 to 2035, NT$ 457,917,875 of 600,000,000. "
            "It is the best plan of projects found, proven to lie within 2.312 % of the most that any can reach. They "
            "join into 12 projects, which saves NT$ 3,000,000 of mobilisation. Prices are examples, to confirm.",
            "plan-0005：2026 至 2035 年，121 個處理單元中 121 個共 196 項工程，費用 NT$ 457,917,875／預算 "
            "600,000,000。此為所找到最佳之專案計畫，已證明與可能之上限相差不超過 2.312 %。合併為 12 件施工專案，"
            "節省動員費 3,000,000 元。單價為範例，待確認。",
        ),
        (
            "N99 N lane 1: Gaps: 8, 18,892.0 m in all. Not judged: 1, 2.0 m in all. Frames given twice: 3.",
            "國道99號 北上 第 1 車道：缺漏 8 處，共 18,892.0 m。無法判讀 1 處，共 2.0 m。重複影像 3 張。",
        ),
        ("Accepted: 0 to 20 m/km; check the unit.", "可接受範圍：0 至 20 m/km；請檢查單位。"),
        ("Accepted: 0 to any mm; check the unit.", "可接受範圍：0 mm 以上；請檢查單位。"),
        ("Use low, medium or high.", "請使用 low（輕）、medium（中）或 high（重）。"),
        ("The classes make 102 against a total of 999.", "各車種合計 102，與總數 999 不符。"),
        ("unknown gantry", "未知門架"),
        ("west is no office of the plan. Name the office.", "west 不是計畫中之工務段。請填寫工務段。"),
        (
            "The nearest known gantry is 99F0250S. If it is new, bring the list of gantries of that time first.",
            "最接近之已知門架為 99F0250S。若為新設門架，請先匯入該時期之門架清單。",
        ),
        (
            "limits is not what it must be: 1 fault(s); the first: year = '120' is outside its limits. "
            "Accepted: 1990 to 2100 year; check the unit.",
            "limits 不符要求：共 1 項缺失；第一項：year = '120' 超出範圍。可接受範圍：1990 至 2100 年。",
        ),
        (
            "The budget 三千萬 is no number. Write an amount in NT$, 0 for none.",
            "預算 三千萬 不是數字。請填金額（元），無預算填 0。",
        ),
        ("There is no work of rank 9999.", "沒有排序為 9999 的工程。"),
        ("8 rows published, 1 fault(s) listed.", "已發布 8 筆，列出 1 筆缺失。"),
    ],
)
def test_sentences_are_told_with_their_values(english: str, chinese: str) -> None:
    assert fault_words(english, language="zh_TW") == chinese
    assert fault_words(english, language="en") == english


def test_what_is_not_known_stays_and_what_is_known_beside_it_is_told() -> None:
    got = fault_words("Something new happened. Send it again.", language="zh_TW")
    assert got == "Something new happened. 請重新傳送。"


# by day each of them is told in Chinese where it is taken in: tests/ingest/test_faulty_packages.py
@pytest.mark.nightly
def test_every_known_broken_package_is_told_in_chinese(tmp_path: Path) -> None:
    settings = load_settings(environment={}).replaced(home=str(tmp_path))
    with open_store(tmp_path) as store:
        ingest_package(FOLDER / "00-network.zip", store=store, settings=settings)
        left = set()
        for _, path in broken(tmp_path / "broken"):
            report = ingest_package(path, store=store, settings=settings)
            faults = report.faults
            left |= {t for t in [report.message, *faults["rule"], *faults["message"], *faults["cure"]] if t}
    assert len(left) > 80
    assert sorted(t for t in left if not CHINESE.search(fault_words(t, language="zh_TW"))) == []


@pytest.mark.parametrize("room", ["ingest", "pavement", "models", "dashboard"])
def test_every_message_in_the_code_is_told_in_chinese(room: str) -> None:
    said = messages(ROOT / room)
    assert len(said) > 5
    assert {m.replace(GAP, "{}"): untold(m) for m in sorted(said) if untold(m)} == {}


def test_messages_are_found_where_they_are_put_together(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(
        "def refuse(name, text, cure='Send it.'):\n"
        "    return Fault(name, 1, '', '', 'a rule', f'{name} {text}', cure)\n"
        "def checked(marks, wrong, n):\n"
        "    refuse(n, 'is odd.')\n"
        "    said = 'More than ' + str(n) + ' of them.'\n"
        "    marks.add(wrong, 'x', 'range', '{value!r} is far.', said if n else 'Stop.')\n"
        "    raise StoreError(f'Nothing for {n:,}.', cure='Wait.')\n"
    )
    assert {m.replace(GAP, "{}") for m in messages(tmp_path)} == {
        *("a rule", "{} is odd.", "Send it.", "range", "{} is far.", "More than {} of them.", "Stop."),
        *("Nothing for {}.", "Wait."),
    }


def test_a_missing_entry_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tuple(p for p in catalogue._patterns("zh_TW") if p.piece != " is not on the network.")
    monkeypatch.setattr(catalogue, "_patterns", lambda _: kept)
    assert untold(f"Route {GAP} is not on the network.") == ["Route 7 is not on the network."]


def test_translations_name_only_values_of_the_message() -> None:
    def names(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    pairs = [pair for name in ("faults.po", "errors.po") for pair in catalogue.pairs_of("zh_TW", name)]
    assert [en for en, zh in pairs if not names(zh) <= names(en)] == []
    assert len({en for en, _ in pairs}) == len(pairs)


def test_an_error_of_a_page_is_told_in_the_language_of_the_page(signed_in, monkeypatch):
    from dashboard.pages import quality

    def refused(*_):
        raise StoreError("Run abc is the network that 3 other runs stand on.", cure="Try again in a minute.")

    monkeypatch.setattr(quality, "layout", refused)
    client = signed_in("viewer")
    assert "批次 abc 是另外 3 個批次所依據的路網。" in page_text(client, "/quality")
    client.get("/language/en")
    assert "Run abc is the network that 3 other runs stand on." in page_text(client, "/quality")
