"""Settings: one list of name, default and help, filled from TOML and the environment."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pavement.errors import SettingsError

ENVIRONMENT_PREFIX = "PAVEMENT_"


class Setting(NamedTuple):
    """One setting: its name, default value and a sentence for people."""

    name: str
    default: Any
    help: str
    least: float | None = None
    most: float | None = None


SETTINGS = (
    Setting("home", "~/.pavement", "Folder that holds all state: database, objects, quarantine"),
    Setting("database", "", "Database URL; empty means SQLite inside the home folder"),
    Setting("crs", "EPSG:3826", "Projected working frame of all geometry [m]"),
    Setting("timezone", "Asia/Taipei", "Agency time zone; decides the year of a survey"),
    Setting("language", "zh_TW", "First language of the pages: zh_TW or en"),
    Setting("cell_length", 100.0, "Length of a cell along the route [m]", least=10, most=1000),
    Setting("coverage_min", 0.5, "Share of a cell that a survey must cover to count as measured [-]", least=0, most=1),
    Setting("entry_limit", 2 * 2**30, "Largest single file in a package [byte]", least=1),
    Setting("package_limit", 20 * 2**30, "Largest package after unpacking [byte]", least=1),
    Setting("ratio_limit", 200.0, "Largest compression ratio of a zip entry [-]", least=1),
    Setting("entries_limit", 200_000, "Largest number of files in a package", least=1),
    Setting("rows_limit", 20_000_000, "Largest number of rows in one sheet", least=1),
    Setting("pixels_limit", 60_000_000, "Largest image accepted [pixel]", least=1),
    Setting("upload_limit", 4 * 2**30, "Largest upload accepted [byte]", least=1),
    Setting("photo_limit", 15 * 2**20, "Largest photo of a report accepted [byte]", least=1, most=16 * 2**20),
    Setting("disk_reserve", 2**30, "Free space on the disk of the store that an upload must leave [byte]", least=0),
    Setting("crack_engine", "learned", "What finds cracks in frames: learned, or classical, which takes less time"),
    Setting(
        "image_parameters",
        {},
        "Thresholds of the image work that are not as in the table, as { sure_min_classical = 0.7 }; docs/imagery.md",
    ),
    Setting(
        "grade_limits",
        {},
        "Good and poor of friction_sn, prqi and aari, as { friction_sn = { good = 45, poor = 35 } }; docs/condition.md",
    ),
    Setting("photos", "blur", "Photos of records for roles without the permission photos: blur, or keep them sharp"),
    Setting("workers", 0, "Local processes for image work; 0 means one per core", least=0),
    Setting(
        "scheduler", "", "Address of a dask.distributed cluster for image work, as tcp://host:8786; empty: processes"
    ),
    Setting("work_days", 14, "Days that unfinished image work is kept for the next try", least=0),
    Setting("work_limit", 50 * 2**30, "Most that unfinished image work may take of the disk [byte]", least=0),
    Setting("worker_memory", 0, "Largest address space of the process for long jobs; 0 means no limit [byte]", least=0),
    Setting("forecast_years", 10, "Years ahead that are forecast [year]", least=1, most=40),
    Setting("interval", 0.9, "Nominal coverage of forecast intervals [-]", least=0.5, most=0.99),
    Setting("seed", 20260101, "Seed of every random choice", least=0, most=2**31 - 1),
    Setting("unit_length_min", 500.0, "Shortest treatment length [m]", least=100),
    Setting("unit_length_max", 2000.0, "Longest treatment length [m]", least=100),
    Setting("unit_method", "likeness", "How treatment lengths are cut: likeness, or sections by cda or pelt"),
    Setting("plan_years", 10, "Years a plan covers [year]", least=1, most=40),
    Setting("discount_rate", 0.03, "Real discount rate [1/year]", least=0, most=0.2),
    Setting("annual_budget", 30_000_000.0, "Budget of each plan year when none is given [NT$]", least=0),
    Setting("plan_limits", "", "CSV of limits of a plan beside its budgets (table plan_limits); empty: none"),
    Setting("plan_offices", "", "CSV of the stretches of section offices (table plan_offices); empty: none"),
    Setting("plan_budgets", "", "CSV with the budget of each plan year [NT$]; empty: annual_budget for every year"),
    Setting(
        "plan_projects", "yes", "Whether neighbouring works join into projects of one crew and closure: yes, or no"
    ),
    Setting("project_length_min", 1000.0, "Shortest project; example, to confirm with the agency [m]", least=0),
    Setting("project_length_max", 5000.0, "Longest project; example, to confirm with the agency [m]", least=100),
    Setting("plan_objective", "benefit", "What a plan seeks: benefit, or cost, the least that holds the limits"),
    Setting("plan_edge", "mean", "Edge of the forecast that a plan is made on: mean, or high, the pessimistic one"),
    Setting("host", "127.0.0.1", "Address the pages are served on"),
    Setting("port", 8050, "Port the pages are served on", least=1, most=65535),
    Setting("public_url", "", "Address people type when not host:port, as https://pms.example; https: secure cookies"),
    Setting("session_minutes", 60, "Idle minutes after which a session ends [min]", least=1),
)


class Settings(Mapping[str, Any]):
    """Immutable settings, read as ``settings["name"]``."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def home(self) -> Path:
        """Folder that holds all state."""
        return Path(self["home"]).expanduser()

    def replaced(self, **changes: Any) -> Settings:
        """Return a copy with some values changed; unknown names are refused."""
        return Settings(self._values | _checked(changes, where="arguments"))


def load_settings(path: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Settings:
    """
    Return the settings in force: defaults, then TOML, then the environment.

    Parameters
    ----------
    path
        TOML file; without it ``settings.toml`` in the home folder is read when there is one.
    environment
        Variables ``PAVEMENT_<NAME>``; the process environment when not given.

    Raises
    ------
    SettingsError
        Unknown name, wrong kind of value, or unreadable file.
    """
    environment = os.environ if environment is None else environment
    values = {s.name: s.default for s in SETTINGS}
    names = {f"{ENVIRONMENT_PREFIX}{s.name.upper()}": s.name for s in SETTINGS}
    given = {names[key]: value for key, value in environment.items() if key in names}
    given = _checked(given, where="environment")
    home = Path(given.get("home", values["home"])).expanduser()
    file = home / "settings.toml" if path is None else path
    if path is not None or file.exists():
        values |= _checked(_read_toml(file), where=str(file))
    return Settings(values | given)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}.", cure="Write it as TOML, one `name = value` a line.") from error


def _checked(given: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    defaults = {s.name: s.default for s in SETTINGS}
    if unknown := sorted(set(given) - set(defaults)):
        raise SettingsError(f"{where}: no setting named {unknown}.", cure=f"The settings are {sorted(defaults)}.")
    values = {name: _cast(name, value, type(defaults[name]), where) for name, value in given.items()}
    for setting in SETTINGS:
        if setting.name in values:
            _require_within(setting, values[setting.name], where)
    if values.get("image_parameters"):
        # tables are slow to import and not needed where nothing is set
        from pavement.image_parameters import checked_parameters

        values["image_parameters"] = checked_parameters(values["image_parameters"], where=where)
    if values.get("grade_limits"):
        from pavement.condition.grade_limits import checked_limits

        values["grade_limits"] = checked_limits(values["grade_limits"], where=where)
    return values


def _cast(name: str, value: Any, kind: type, where: str) -> Any:
    try:
        # the environment holds texts only
        return _inline_table(value) if kind is dict and isinstance(value, str) else kind(value)
    except (TypeError, ValueError) as error:
        cure = "Write it as { name = value, name = value }." if kind is dict else ""
        raise SettingsError(f"{where}: {name} = {value!r} is not of kind {kind.__name__}.", cure=cure) from error


def _inline_table(text: str) -> dict[str, Any]:
    """Return a table written in one line as TOML has it, ``{ name = value }``."""
    return dict(tomllib.loads(f"table = {text}")["table"])


def _require_within(setting: Setting, value: Any, where: str) -> None:
    least = -math.inf if setting.least is None else setting.least
    most = math.inf if setting.most is None else setting.most
    # written so that "not a number" is refused too
    if isinstance(value, int | float) and not least <= value <= most:
        raise SettingsError(
            f"{where}: {setting.name} = {value:g} is not {limits_text(setting)}.", cure=f"{setting.help}."
        )


def limits_text(setting: Setting) -> str:
    """Return the limits of a setting as ``0 to 1`` or ``at least 1``; empty where it has none."""
    if setting.least is None:
        return ""
    return f"at least {setting.least:g}" if setting.most is None else f"{setting.least:g} to {setting.most:g}"
