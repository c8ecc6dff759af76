"""`pavement evaluate`: from a plain table to figures as strict JSON, without a store."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from dashboard.cli import app
from pavement.errors import ModelError, SurveyError
from tests.models.tables import history

MAP = """
[columns]
id = ["route", "cell"]
site = "site"
year = "year"
value = "iri"
work = "works"
age = "age"
load = "esal"
family = "surface"
features = ["asphalt", "zone"]
"""
FIGURES = {"n", "rmse", "skill", "skill_low", "skill_high", "coverage_90", "width_90"}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def refused(text: str) -> None:
    raise AssertionError(f"{text} is no strict JSON")


def strict(text: str) -> dict:
    return json.loads(text, parse_constant=refused)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("histories")
    (home / "map.toml").write_text(MAP, encoding="utf-8")
    history(sites=90, years=12).to_csv(home / "h.csv", index=False)
    return home


@pytest.fixture(scope="module")
def report(folder: Path) -> dict:
    done = run(
        folder / "h.csv",
        "--mapping",
        folder / "map.toml",
        "--target",
        "iri",
        "--out",
        folder / "new" / "o.json",
        "--card",
        folder / "card",
        "--language",
        "en",
    )
    assert done.exit_code == 0, done.output
    assert "Skill over no change" in (folder / "card" / "card.md").read_text(encoding="utf-8")
    assert (folder / "new" / "o.json").read_text(encoding="utf-8") == done.stdout
    return strict(done.stdout)


@pytest.mark.parametrize("split", ["by_site", "forward"])
def test_every_horizon_has_the_figures_of_model_and_baselines(report: dict, split: str) -> None:
    assert list(report[split]) == ["1", "3", "5"]
    for figures in report[split].values():
        assert {"persistence", "HDM-4 line", "family rate", "anchored curve", "LightGBM"} <= set(figures["baselines"])
        for one in (figures, *figures["baselines"].values()):
            assert set(one) >= FIGURES
            assert one["skill_low"] <= one["skill"] <= one["skill_high"]
            assert one["width_90"] > 0
        assert figures["baselines"]["persistence"]["skill"] == 0
    shipped = [f["model_as_shipped"] for f in report["by_site"].values()]
    assert all(0 < s["skill"] < 1 and s["width_90"] is None for s in shipped)
    assert not any("forecast ahead" in f["baselines"] for f in report["by_site"].values())


def test_the_skill_is_that_of_the_road_as_it_was_made(report: dict) -> None:
    """No forecast knows the noise of the later survey: 1 - 0.03² / mean squared change is the best there is."""
    for horizon, figures in report["by_site"].items():
        floor = figures["baselines"]["persistence"]["rmse"] ** 2
        assert 1 - 3 * 0.03**2 / floor < figures["skill"] < 1 - 0.03**2 / floor, horizon
    assert report["by_site"]["5"]["skill"] > report["by_site"]["1"]["skill"]
    assert all(0.85 <= f["coverage_90"] <= 0.95 for f in report["by_site"].values())


def test_slices_notes_data_and_settings_are_told(report: dict) -> None:
    slices = report["slices"]
    assert slices["of"] == "by_site"
    assert set(slices["family"]) == {"AC", "PCC"}
    assert list(slices["load"]) == ["low", "middle", "high"]
    for name in ("family", "load", "age", "present"):
        assert sum(part["1"]["n"] for part in slices[name].values()) == report["by_site"]["1"]["n"]
    assert report["data"]["rows"] == 90 * 4 * 12
    assert report["settings"]["target"] == "iri"
    assert report["features"][-3:] == ["x_asphalt", "x_zone", "family=PCC"]
    assert report["shares"][""]
    assert sum(b["n"] for b in report["predicted_found"]["3"]) == report["by_site"]["3"]["n"]


def test_m15_the_same_table_and_seed_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    history(sites=20).to_csv(tmp_path / "few.csv", index=False)
    first, second = (run(tmp_path / "few.csv", "--mapping", folder / "map.toml") for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == second.stdout
    said = strict(first.stdout)
    assert any("Too few units for LightGBM" in n for n in said["notes"])


def test_learned_from_one_table_and_judged_on_another(folder: Path, tmp_path: Path) -> None:
    other = history(sites=30, seed=6)
    other.assign(cell="9" + other["cell"]).drop(columns="zone").to_parquet(tmp_path / "b.parquet")
    history(sites=30).to_csv(tmp_path / "a.csv", index=False)
    done = run(
        "--train", tmp_path / "a.csv", "--test", tmp_path / "b.parquet", "--mapping", folder / "map.toml",
        "--horizons", "1,2.5",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    said = strict(done.stdout)
    assert "by_site" not in said
    assert list(said["test"]) == ["1", "2.5"]
    assert said["test"]["1"]["skill"] > 0.2
    assert said["data"]["test"]["surveys"] == 1080
    assert any("no column 'zone'" in n for n in said["notes"])
    again = run("--train", tmp_path / "a.csv", "--test", tmp_path / "a.csv", "--mapping", folder / "map.toml")
    assert isinstance(again.exception, ModelError)
    assert "in both tables" in str(again.exception)


def test_m6_the_same_sites_are_judged_when_every_test_is_later(folder: Path, tmp_path: Path) -> None:
    frame = history(sites=30, years=12)
    early, late = tmp_path / "early.csv", tmp_path / "late.csv"
    frame[frame["year"] < 2014].to_csv(early, index=False)
    frame[frame["year"] >= 2014].to_csv(late, index=False)
    common = ("--mapping", folder / "map.toml", "--same-sites")
    said = strict(run("--train", early, "--test", late, *common).stdout)
    assert said["test"]["3"]["n"] > 100
    assert said["settings"]["same_sites"]
    turned = run("--train", late, "--test", early, *common)
    assert isinstance(turned.exception, ModelError)
    assert "before the last survey learned from" in str(turned.exception)


def test_m6_a_planted_leak_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    frame = history(sites=30)
    frame["asphalt"] = frame.groupby("cell")["iri"].shift(-1)
    frame.to_csv(tmp_path / "leak.csv", index=False)
    done = run(tmp_path / "leak.csv", "--mapping", folder / "map.toml")
    assert isinstance(done.exception, ModelError)
    assert "asphalt: tells what was only measured later" in str(done.exception)
    allowed = run(tmp_path / "leak.csv", "--mapping", folder / "map.toml", "--allow-leaks")
    assert any(n.startswith("Suspected leak: asphalt") for n in strict(allowed.stdout)["notes"])


def test_bad_rows_are_listed_on_stderr_and_the_rest_is_judged(folder: Path, tmp_path: Path) -> None:
    frame = history(sites=30).astype(object)
    frame.loc[7, "iri"] = "n.a."
    frame.loc[8, "iri"] = -3
    frame.to_csv(tmp_path / "bad.csv", index=False)
    done = run(tmp_path / "bad.csv", "--mapping", folder / "map.toml")
    assert done.exit_code == 0
    assert "Left out (2)" in done.stderr
    # n.a. is no word for unknown that programs write; the cure is there in full
    assert "bad.csv, iri (number), 1: No number. Write 1.23; an unknown one is empty.\n  row 9 'n.a.'" in done.stderr
    assert "Warning: bad.csv: 2 of 1,080 rows were not used, for faults in their cells (iri: 2)." in done.stderr
    assert strict(done.stdout)["data"]["faults"] == 2


def test_a_short_history_is_judged_by_site_and_says_why_not_forward(folder: Path, tmp_path: Path) -> None:
    history(sites=60, years=3).to_csv(tmp_path / "short.csv", index=False)
    said = strict(run(tmp_path / "short.csv", "--mapping", folder / "map.toml").stdout)
    assert said["by_site"]["1"]["n"] > 0
    assert said["by_site"]["5"]["n"] == 0
    assert said["by_site"]["5"]["skill"] is None
    assert said["forward"]["1"]["n"] == 0
    assert set(said["forward"]["1"]["baselines"]) == set(said["by_site"]["1"]["baselines"])
    learned = said["forward"]["1"]["baselines"]["LightGBM"]
    assert learned == dict.fromkeys(learned) | {"n": 0, "sites": 0}
    assert any(n.startswith("Forward in time nothing could be judged") for n in said["notes"])


def test_surveys_every_two_years_say_that_no_pair_lies_near_the_horizons(folder: Path, tmp_path: Path) -> None:
    frame = history(sites=60, years=9)
    frame[frame["year"] % 2 == 0].to_csv(tmp_path / "two.csv", index=False)
    said = strict(run(tmp_path / "two.csv", "--mapping", folder / "map.toml").stdout)
    assert [f["n"] for f in said["by_site"].values()] == [0, 0, 0]
    told = [n for n in said["notes"] if n.startswith("by_site: no pair of surveys lies within half a year of 1, 3, 5")]
    assert told[0].endswith("--horizons 2,4,6 would be.")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda f: f.head(30), ModelError, "too few to train on"),
        (lambda f: f[f["site"] < "s03"], ModelError, "sites are needed. Give more sites."),
        (lambda f: f.assign(iri=1.2), ModelError, "never changes"),
        (
            lambda f: f[f["year"].isin([2008, 2012])].assign(iri=lambda g: 2 - 0.6 * (g["year"] > 2008), works=0),
            ModelError,
            "lie across falls that look like work",
        ),
        (lambda f: f.assign(site="one"), ModelError, "at 1 sites"),
        (lambda f: f.assign(iri="x"), SurveyError, "no row with unit, time and value"),
        (lambda f: f.rename(columns={"iri": "IRI", "site": "place"}), SurveyError, "no column 'iri'; no column 'site'"),
        (lambda f: f.assign(iri=np.inf), SurveyError, "no row with unit, time and value"),
    ],
)
def test_m5_hard_tables_end_with_one_clear_error(folder, tmp_path, change, error, said) -> None:
    change(history(sites=30)).to_csv(tmp_path / "hard.csv", index=False)
    done = run(tmp_path / "hard.csv", "--mapping", folder / "map.toml")
    assert isinstance(done.exception, error)
    assert said in str(done.exception)
    assert done.stdout == ""


def test_m3_columns_in_another_order_change_nothing(folder: Path, tmp_path: Path) -> None:
    frame = history(sites=20)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame[frame.columns[::-1]].to_csv(tmp_path / "b.csv", index=False)
    first, second = (strict(run(tmp_path / n, "--mapping", folder / "map.toml").stdout) for n in ("a.csv", "b.csv"))
    assert first["by_site"] == second["by_site"]
    assert first["model_sha256"] == second["model_sha256"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mapping", "m"), "give one table HISTORY"),
        (("h", "--mapping", "m", "--train", "a", "--test", "b"), "give one table HISTORY"),
        (("--mapping", "m", "--train", "a"), "go together"),
        (("h",), "--mapping"),
        (("h", "--mapping", "m", "--target", "beauty"), "iri, rut, crack_percent"),
        (("h", "--mapping", "m", "--horizons", "1,x"), "write years"),
        (("h", "--mapping", "m", "--horizons", "1,40"), "between"),
        (("h", "--mapping", "m", "--same-sites"), "--same-sites is of"),
    ],
)
def test_a_command_written_wrongly_ends_with_two(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())


@pytest.mark.real
@pytest.mark.nightly
def test_real_sections_are_judged_by_site_and_forward(shared: Path, tmp_path: Path) -> None:
    """The yearly table of LTPP mapped as docs/forecasts.md shows: the forecast earns its place from three years on."""
    (tmp_path / "map.toml").write_text(
        '[columns]\nid = ["state_code", "shrp_id"]\nsite = "site"\nyear = "year"\nvalue = "iri_m_per_km"\n'
        'work = "construction_no"\nfamily = "family"\nbuilt = "constr_year"\nload = "annual_esal_trend"\n'
        'features = ["ac_in", "gb_in", "freeze_index_clim", "func_class"]\n',
        encoding="utf-8",
    )
    table = shared / "data" / "deterioration" / "ltpp" / "panel_section_year.csv.gz"
    done = run(table, "--mapping", tmp_path / "map.toml", "--border", 2006)
    assert done.exit_code == 0, done.output
    said = strict(done.stdout)
    assert said["data"]["sites"] == 540
    for horizon, floor in (("3", 0.2), ("5", 0.3)):
        figures = said["by_site"][horizon]
        assert figures["skill_low"] > floor
        assert figures["skill"] > max(f["skill"] for n, f in figures["baselines"].items() if n != "LightGBM")
        assert 0.88 <= figures["coverage_90"] <= 0.93
        assert figures["width_90"] < figures["baselines"]["family rate"]["width_90"]
    assert said["leaks"] == []


@pytest.mark.real
@pytest.mark.slow
def test_a_real_road_surveyed_four_times(shared: Path, tmp_path: Path) -> None:
    """Inches a mile, one road, no works on record: the roughness halves in places, and the notes say so."""
    (tmp_path / "map.toml").write_text(
        '[columns]\nid = "Name"\nyear = "YEAR"\nvalue = "IRI_AVG"\n[units]\nvalue = "in/mi"\n', encoding="utf-8"
    )
    table = shared / "data" / "deterioration" / "aran_h0010_2017_2020" / "panel.csv.gz"
    done = run(table, "--mapping", tmp_path / "map.toml", "--horizons", "1,2,3")
    assert done.exit_code == 0, done.output
    said = strict(done.stdout)
    assert said["data"]["units"] > 2000
    assert any("No work is mapped" in n for n in said["notes"])
    assert said["data"]["pairs_suspected"] > 100


def test_a_frame_written_by_another_tool_reads_alike(folder: Path, tmp_path: Path) -> None:
    """A byte order mark, blanks about names, and whole numbers with a point."""
    frame = history(sites=20)
    frame.to_csv(tmp_path / "plain.csv", index=False)
    text = frame.rename(columns={"iri": " iri "}).astype({"works": float}).to_csv(index=False)
    (tmp_path / "bom.csv").write_text(text, encoding="utf-8-sig")
    first, second = (
        strict(run(tmp_path / n, "--mapping", folder / "map.toml").stdout) for n in ("plain.csv", "bom.csv")
    )
    assert first["by_site"] == second["by_site"]
    assert pd.notna(first["by_site"]["1"]["skill"])


def test_a_change_of_device_is_found_and_taken_out_of_what_is_learned_from(tmp_path: Path) -> None:
    frame = history(sites=20)
    new = frame["year"] >= 2013
    frame = frame.assign(profiler=np.where(new, "B", "A"), iri=frame["iri"] + 0.3 * new)
    frame.to_csv(tmp_path / "h.csv", index=False)
    (tmp_path / "map.toml").write_text(MAP.replace("[columns]", '[columns]\ndevice = "profiler"'), encoding="utf-8")
    # on a table this small the made rate leaves nothing beside the load
    asked = (tmp_path / "h.csv", "--mapping", tmp_path / "map.toml", "--allow-leaks")
    said = strict(run(*asked).stdout)
    offsets = pd.DataFrame(said["offsets"]).groupby("device")["offset"].mean()
    assert offsets["B"] - offsets["A"] == pytest.approx(0.3, abs=0.03)
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    assert strict(run(*asked).stdout)["offsets"] == []
