"""The demo: the sample freeway from survey packages to forecast, plan and scenarios, and who may sign in to it."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dashboard.scenario_runs import keep_form
from dashboard.workflow import forecast, make_plan, train
from ingest.run import ingest_package
from models.targets import all_targets
from pavement.errors import ModelError, PlanError
from pavement.planning.economics import parameters
from pavement.progress import Progress, named
from pavement.settings import Settings
from pavement.store import forecasts, plans, scenario_sets, users
from pavement.store.database import Store
from pavement.store.runs import data_version
from sample_data.generate import generate

DEMO_USER = "demo"
_WORD = "demo-password.txt"
# shares of the usual budget that are answered side by side
_SHARES = ("demo_budget_low", "demo_budget_usual", "demo_budget_high")


def demo(store: Store, settings: Settings, *, size: str, progress: Progress) -> Iterator[str]:
    """Make the sample freeway and take it from survey packages to a work list; yield a line a step."""
    folder = settings.home / "sample" / f"{size}-{settings['seed']}"
    for path in _sample_packages(folder, size=size, seed=int(settings["seed"]), progress=progress):
        of_one = named(progress, path.stem)
        report = ingest_package(path, store=store, settings=settings, progress=of_one, user=DEMO_USER)
        yield report.text().splitlines()[0]
    done = forecasts.newest(store)
    if done is None or done.data_version != data_version(store):
        # what the plan asks for; the others are a matter of minutes that nobody waits for: pavement train
        known = tuple(name for name, target in all_targets().items() if target.shared)
        try:
            yield from train(store, settings, targets=known, promote="demo", user=DEMO_USER, progress=progress)
        except ModelError:
            # each reason was told; the ageing curves of the table forecast then
            yield "The rates of the table forecast until a model can be trained."
        yield forecast(store, settings, user=DEMO_USER, progress=progress)
    made = plans.newest(store)
    newest = forecasts.newest(store)
    if newest is not None and (made is None or made.forecast_set != newest.id):
        yield make_plan(store, settings, user=DEMO_USER, progress=progress)
    kept = scenario_sets.newest(store)
    # a run that was stopped after its plan, or a store from before there were scenarios, gets them too
    if newest is not None and (kept is None or kept.forecast_set != newest.id):
        yield _scenarios(store, settings, progress=progress)
    yield sign_in(store, settings)


def _sample_packages(folder: Path, *, size: str, seed: int, progress: Progress) -> list[Path]:
    """Return the packages of the sample freeway, made in one go so that a stopped run leaves none half-made."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as part:
            generate(Path(part) / "sample", seed=seed, size=size, progress=progress)
            (Path(part) / "sample").replace(folder)
    return sorted(p.parent for p in folder.glob("*/manifest.toml"))


def sign_in(store: Store, settings: Settings) -> str:
    """Return how to sign in to the demo, with a password made for this store alone."""
    file = settings.home / _WORD
    if users.get(store, DEMO_USER) is None:
        word = "-".join(secrets.token_hex(2) for _ in range(3))
        users.add(store, DEMO_USER, password=word, role="admin", by="demo")
        file.write_text(f"{word}\n", encoding="utf-8")
        file.chmod(0o600)
    return f"Sign in as {DEMO_USER} with the password {file.read_text(encoding='utf-8').strip()}  (kept in {file})"


def _scenarios(store: Store, settings: Settings, *, progress: Progress) -> str:
    """Answer some scenarios and a goal, so that their page has something to show, and say so."""
    numbers, usual = parameters(), float(settings["annual_budget"])
    made = plans.newest(store)
    last = max(made.summary["budgets"]) if made is not None else ""
    # readers of both languages see these names
    budgets = {f"NT$ {share * usual / 1e6:g} M": share * usual for share in (numbers[name] for name in _SHARES)}
    poor = numbers["demo_poor"]
    asked: dict[str, Any] = {
        "scenario": [{"name": name, "annual_budget": budget} for name, budget in budgets.items()],
        "goal": [
            {
                "name": f"≤ {poor:g} % ({last})",
                "kind": "poor_share",
                "scope": "crack_percent",
                "year": last,
                "at_most": poor,
                "unit": "%",
            }
        ],
    }
    try:
        return keep_form(store, settings, asked, user=DEMO_USER, progress=progress)
    except PlanError as error:
        # the plan stands all the same
        return f"Scenarios could not be answered. {error}"
