from pathlib import Path

import pytest

from pavement.errors import SettingsError
from pavement.settings import SETTINGS, load_settings


def test_defaults_then_file_then_environment(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("cell_length = 50\nport = 9000\n", encoding="utf-8")
    settings = load_settings(file, environment={"PAVEMENT_PORT": "9001", "HOME": "ignored"})
    assert (settings["cell_length"], settings["port"], settings["crs"]) == (50.0, 9001, "EPSG:3826")


def test_a_file_in_the_home_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("seed = 7\n", encoding="utf-8")
    assert load_settings(environment={"PAVEMENT_HOME": str(tmp_path)})["seed"] == 7


@pytest.mark.parametrize("text", ["colour = 1", "port = 'many'", "port ="])
def test_what_is_wrong_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="settings.toml"):
        load_settings(file, environment={})


def test_every_setting_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len({s.name for s in SETTINGS}) == len(SETTINGS)
    assert all(s.help for s in SETTINGS)


def test_settings_cannot_be_changed_only_replaced() -> None:
    settings = load_settings(environment={})
    assert settings.replaced(port=1)["port"] == 1
    assert settings["port"] == 8050
    with pytest.raises(SettingsError):
        settings.replaced(colour=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("annual_budget", -3),
        ("port", 0),
        ("port", 70_000),
        ("plan_years", 0),
        ("coverage_min", 1.5),
        ("interval", "nan"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_limits(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"{name} = .* is not (at least|[0-9.]+ to)"):
        load_settings(environment={}).replaced(**{name: value})


def test_every_default_lies_within_its_limits() -> None:
    load_settings(environment={}).replaced(**{s.name: s.default for s in SETTINGS})
