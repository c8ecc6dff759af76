"""Thresholds of the image work that may be set are checked where they come in."""

from pathlib import Path

import pytest

from pavement.errors import SettingsError
from pavement.image_parameters import checked_parameters, thresholds
from pavement.settings import load_settings


def test_file_and_environment_set_thresholds(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[image_parameters]\nsure_min_classical = 0.7\ncracked_least = 4\n", encoding="utf-8")
    assert load_settings(file, environment={})["image_parameters"] == {"sure_min_classical": 0.7, "cracked_least": 4.0}
    given = {"PAVEMENT_IMAGE_PARAMETERS": "{ hole_sure = 0.95 }"}
    assert load_settings(file, environment=given)["image_parameters"] == {"hole_sure": 0.95}
    assert load_settings(environment={"PAVEMENT_HOME": str(tmp_path / "none")})["image_parameters"] == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ sure_min_clasical = 0.7 }", "no threshold named 'sure_min_clasical'. The nearest is sure_min_classical."),
        ("{ ridge_angles = 6 }", "no threshold named 'ridge_angles'"),
        ("{ hole_sure = 1.5 }", "image_parameters.hole_sure = 1.5 is not 0.05 to 0.99. Without it 0.9 is in force"),
        ("{ learned_extent_min = -1 }", "is not 0 to 5000 mm. Without it 300 mm is in force; higher: fewer cracks."),
        ("{ hole_sure = nan }", "image_parameters.hole_sure = nan is not"),
        ("{ hole_sure = true }", "image_parameters.hole_sure = True is not"),
        ("{ hole_sure = '0.9' }", "image_parameters.hole_sure = '0.9' is not"),
        ("{ hole_sure = 0.7 }", "hole_edge = 0.8 is above hole_sure = 0.7. Set both, hole_edge at most as high"),
        ("{ hole_sure =", "image_parameters = '{ hole_sure =' is not of kind dict. Write it as { name = value"),
        ("7", "image_parameters = '7' is not of kind dict"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_setting_and_cure(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(environment={"PAVEMENT_IMAGE_PARAMETERS": text, "PAVEMENT_HOME": "/nowhere"})
    assert words in str(refused.value)
    assert str(refused.value).startswith("environment: image_parameters")


def test_both_of_a_pair_may_be_lowered() -> None:
    assert checked_parameters({"hole_sure": 0.7, "hole_edge": 0.6}, where="x") == {"hole_sure": 0.7, "hole_edge": 0.6}


def test_values_of_the_table_are_within_their_limits_and_order() -> None:
    table = thresholds()
    assert table["value"].notna().all()
    assert checked_parameters(table["value"].to_dict(), where="table") == table["value"].to_dict()
