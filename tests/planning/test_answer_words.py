"""What is said of an answer is true of it, in words that pages and jobs tell in Chinese."""

import pandas as pd
import pytest

from dashboard.fault_words import fault_words
from pavement.planning.answer_words import proof_words, unasked_words

LIMITS = pd.DataFrame(
    {"kind": ["poor_share", "budget"], "scope": ["iri", ""], "year": [2031, 2035], "side": ["at_most", "at_most"]}
)
YEARS = range(2026, 2036)


@pytest.mark.parametrize("gap", [0.0, 0.02312])
@pytest.mark.parametrize("projects", [True, False])
@pytest.mark.parametrize("objective", ["benefit", "cost"])
def test_only_what_has_no_gap_is_called_best(gap: float, projects: bool, objective: str) -> None:
    told = {"projects": projects, "objective": objective}
    english = proof_words(gap, **told, language="en")
    assert ("proven best" in english, "2.312 %" in english) == (gap == 0, gap > 0)
    assert ("of projects" in english) == projects
    assert fault_words(english, language="zh_TW") == proof_words(gap, **told, language="zh_TW")


def test_least_cost_to_a_year_says_that_later_years_are_left_alone() -> None:
    asked = {"objective": "cost", "language": "en"}
    english = unasked_words(LIMITS, YEARS, **asked)
    assert "Nothing was asked after 2031" in english
    assert "in 2032 to 2035" in english
    assert fault_words(english, language="zh_TW") == unasked_words(LIMITS, YEARS, **asked | {"language": "zh_TW"})
    # where the last year asks too, and where nobody asks for least cost, there is nothing to warn of
    assert unasked_words(LIMITS.replace(2031, 2035), YEARS, **asked) == ""
    assert unasked_words(LIMITS, YEARS, **asked | {"objective": "benefit"}) == ""
