"""How values came about is told in the language of the page, and nothing is hidden where a translation is missing."""

import re

import pandas as pd
import pytest
from flask import session

from dashboard.method_words import method_words
from ingest.readers import lcms_tables, profile_roughness
from pavement.condition import cell_climate, cell_structure
from pavement.condition.cell_pci import PAVEMENT, scope_text
from pavement.condition.pci_distresses import known_distresses
from pavement.measures import annual_average, back_calculation, flow_balance, gantry_sections
from pavement.measures.rutting import rut_method
from pavement.schema import read_table
from pavement.store import segments
from pavement.store.record_exports import RECORD_METHOD

# what stands so in Chinese texts too: names of standards, measures, files and units
NAME = re.compile(
    r"\b(AASHTO|ASTM|FHWA|LCMS|SCANNER|RCI|PCI|MRI|IRI|BELLS\d?|RD|D6433|E1926|index_terms\.csv|d\d+|mm|km/h|m/km|kN|m|ae|"
    r"brandnewbox/pavement_condition_index)\b"
)
PARTS = [
    *profile_roughness._KINDS.values(),
    *lcms_tables._METHODS.values(),
    lcms_tables._LINES,
    *cell_climate._methods("temp_mean"),
    *cell_climate._methods("moisture_index"),
    *(words[1] for words in (cell_structure._RECORDED, cell_structure._ESTIMATED)),
    annual_average.METHOD,
    back_calculation._METHOD,
    flow_balance.BALANCED,
    gantry_sections.GIVEN,
    gantry_sections.MIDWAY,
    *(rut_method(method) for method in ("straightedge", "wire", "five_point")),
    RECORD_METHOD,
    *read_table("bearing_flags")["en"],
    *(scope_text(known_distresses(pavement).index.tolist(), clamped=True) for pavement in [PAVEMENT]),
]


def english_in(text: str) -> list[str]:
    """Return the English words of a Chinese text that are no names."""
    return re.findall(r"[A-Za-z][A-Za-z]+", NAME.sub("", text))


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("MRI of two wheel paths, quarter car of ASTM E1926", "左右輪跡平均（MRI），ASTM E1926 四分之一車模型"),
        ("straightedge 1.8 m", "1.8 m 直規"),
        (
            "formula of index_terms.csv, to confirm; from 2 of 3: crack_percent, rut",
            "index_terms.csv 之公式，待確認；採 3 項中 2 項：裂縫面積率、車轍深度",
        ),
        (
            "SCANNER-style RCI, limits to confirm; a lower bound from 2 of 4: texture, cracking",
            "SCANNER 式 RCI，界限待確認；下限值，採 4 項中 2 項：紋理、裂縫",
        ),
        (
            "AASHTO average of days of the week and months, 180 days in 7 months, no correction for the season; "
            "section as given of other years; AASHTO 1993, truck factors and lane shares to confirm, "
            "low end of their range",
            "AASHTO 星期與月份平均法，7 個月中 180 日，未作季節修正；區間依所給起訖（其他年度）；"
            "AASHTO 1993，貨車係數與車道分配待確認，取其範圍下限",
        ),
        (
            "mean of drops at 50 kN, d200, d450 between two sensors, not corrected for temperature; "
            "temperature not recorded",
            "各次落錘平均，正規化至 50 kN；d200, d450 由兩側感測器內插；未作溫度修正；溫度未記錄",
        ),
        ("learned 4 5f96cac2 8e31486b; grid 0.1 m", "神經網路 4、權重 5f96cac2 8e31486b；格網 0.1 m"),
        ("how a vendor calls it, classified count", "how a vendor calls it，分車種計數"),
    ],
)
def test_methods_are_told_with_their_values(app, english: str, chinese: str) -> None:
    with app.server.test_request_context("/"):
        assert method_words(english) == chinese


@pytest.mark.parametrize("method", PARTS)
def test_every_method_of_ours_has_its_chinese(app, method: str) -> None:
    with app.server.test_request_context("/"):
        assert english_in(method_words(method)) == []


def test_every_method_of_a_store_has_its_chinese(app, store) -> None:
    with app.server.test_request_context("/"):
        cells = segments.segment_table(store)["cell"].unique()
        said = pd.concat([segments.provenance(store, str(cell))["method"] for cell in cells[:5]]).dropna().unique()
        said = said[said != "made for tests"]
        assert len(said) > 3
        assert {m: english_in(method_words(m)) for m in said if english_in(method_words(m))} == {}


def test_a_method_stays_as_it_is_in_english(app) -> None:
    with app.server.test_request_context("/"):
        session["language"] = "en"
        assert method_words("agency record; not known") == "agency record; not known"
