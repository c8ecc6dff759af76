"""`pavement ingest`: every package gets its report, and the exit says whether all were taken."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.cli import main
from tests.ingest.builders import NETWORK, network_files, package

ROOT = Path(__file__).resolve().parents[2]
EVENTS = [{"kind": "events", "file": "e.csv"}]
HEAD = "route,direction,lane,from_m,to_m,kind,value,surveyed_on\n"


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Return a function that runs a verb in this process, as the program's own `main` does."""
    monkeypatch.setenv("PAVEMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PAVEMENT_WORKERS", "1")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["pavement", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run


@pytest.fixture
def program(tmp_path):
    """Return a function that runs a verb as a program of its own, as people do."""

    def run(*arguments):
        home = os.environ | {"PAVEMENT_HOME": str(tmp_path / "home"), "PAVEMENT_WORKERS": "1"}
        line = [sys.executable, "-m", "dashboard.cli", *map(str, arguments)]
        return subprocess.run(line, capture_output=True, text=True, env=home, cwd=ROOT, check=False)

    return run


def test_a_refused_package_fails_the_command_and_stops_no_other(command, program, tmp_path):
    network = package(tmp_path / "network", network_files(), NETWORK, id="network")
    lost = package(tmp_path / "lost", {"e.csv": f"{HEAD}Q7,S,1,10000,10100,iri,2.0,2024-03-02\n"}, EVENTS, id="lost")
    rows = "".join(f"N1,S,1,{m},{m + 100},iri,2.0,2024-03-02\n" for m in range(10000, 10500, 100))
    good = package(tmp_path / "good", {"e.csv": HEAD + rows}, EVENTS, id="good")
    assert command("init").returncode == 0
    done = program("ingest", network, lost, good)
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if not line.startswith(" ")] == [
        line for line in done.stdout.splitlines() if line.startswith(("network: pub", "lost: ref", "good: pub"))
    ]
    assert "Q7" in done.stdout
    assert "1 of 3 package(s) refused" in done.stderr
    assert "Traceback" not in done.stderr
    # the same again: two unchanged, one refused; then without it, all well
    assert command("ingest", network, lost, good).returncode == 1
    again = command("ingest", network, good)
    assert again.returncode == 0
    assert again.stdout.count("unchanged") == 2


def test_every_fault_of_a_refused_package_is_listed(command, tmp_path):
    network = package(tmp_path / "network", network_files(), NETWORK, id="network")
    rows = "".join(f"Q{n},S,1,10000,10100,iri,2.0,2024-03-02\n" for n in range(25))
    lost = package(tmp_path / "lost", {"e.csv": HEAD + rows}, EVENTS, id="lost")
    assert command("init").returncode == 0
    done = command("ingest", network, lost)
    assert done.returncode == 1
    assert all(f"'Q{n}'" in done.stdout or f"Q{n} " in done.stdout for n in range(25))


def test_quantify_says_what_it_could_not_read(command, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_text("<html></html>")
    done = command("quantify", tmp_path / "in", "--mm-per-pixel", 2, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "1 rejected" in done.stderr
    assert (tmp_path / "out" / "images.csv").exists()
    nowhere = command("quantify", tmp_path / "none", "--mm-per-pixel", 2, "--out", tmp_path / "out")
    assert nowhere.returncode == 1
    assert "none does not exist" in nowhere.stderr


def test_quantify_tells_of_range_images_and_how_it_ends(command):
    said = " ".join(command("quantify", "--help").stdout.split())
    assert all(word in said for word in ("Range images", "measures.csv", "docs/imagery.md", "130 stopped by Ctrl+C"))
    wrong = command("quantify", "x", "--out", "y")
    assert wrong.returncode == 2
    assert "give one of --camera" in wrong.stderr


def test_a_mistyped_home_makes_no_store(command, tmp_path):
    done = command("plan")
    assert done.returncode == 1
    assert f"There is no store in {tmp_path / 'home'}" in done.stderr
    assert not (tmp_path / "home").exists()


def test_help_names_the_program_as_people_type_it(program):
    said = program("ingest", "--help").stdout
    assert "Usage: pavement ingest" in said
    assert "dashboard.cli" not in said


def test_an_engine_that_does_not_exist_is_a_wrong_command(command, tmp_path):
    done = command("quantify", tmp_path, "--out", tmp_path / "out", "--mm-per-pixel", 1, "--engine", "magic")
    assert done.returncode == 2
    assert "'classical'" in done.stderr
