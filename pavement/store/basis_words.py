"""What an export rests on, in the words of its reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ZH = {
    "rows": "列數",
    "data version": "資料版本",
    "runs": "批次",
    "models": "模型",
    "audit head": "稽核鏈",
    "crs": "坐標系統",
    "written": "匯出時間",
    "plan": "計畫",
    "plan made": "計畫製作時間",
    "plan made by": "計畫製作者",
    "plan data version": "計畫所據資料版本",
    "forecast": "預測編號",
    "settings sha256": "設定 SHA-256",
    "summary": "計畫摘要",
    "interval of a cell": "各格預測區間之名目涵蓋率",
    "newer data": "是否有更新資料",
    "catalogue": "工法目錄版本",
    "prices": "單價",
    "scenarios": "情境",
    "asked by": "提問者",
    "asked at": "提問時間",
    "works": "工程",
}
_ZH_VALUES = {
    "yes": "是",
    "no": "否",
    "none": "無",
    "to confirm": "待確認",
    "verified": "已查證",
    "supplied": "隨附",
    "not told": "未載明",
    "all": "全部",
    "joined": "合併為施工專案，每專案每施工年度計一次動員費",
    "single": "各工程獨立選定，各計動員費",
}
_EN_VALUES = {
    "joined": "joined into projects, one mobilisation a project and year of work",
    "single": "each by itself, with a mobilisation of its own",
}


def basis_in_words(notes: Mapping[str, Any], *, language: str) -> dict[str, str]:
    """
    Return what an export rests on as name and value in a language; ids, hashes and JSON stay as they are.

    Parameters
    ----------
    notes
        Notes of an export, under their English names.
    language
        ``zh…`` or ``en``.
    """
    if not language.startswith("zh"):
        return {name: _EN_VALUES.get(str(value), str(value)) for name, value in notes.items()}
    return {_ZH.get(name, name): _ZH_VALUES.get(str(value), str(value)) for name, value in notes.items()}


def rows_in_words(shown: int, known: int, *, language: str) -> str:
    """Return how many rows of a list a file holds: ``23 of 196, as filtered and sorted``."""
    if language.startswith("zh"):
        return f"{known:,} 列中的 {shown:,} 列（依網頁篩選與排序）"
    return f"{shown:,} of {known:,}, as filtered and sorted on the page"
