"""The whole journey twice: by commands in one store and by the pages alone in another, to the same work list."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from dashboard import worker
from dashboard.app import create_app
from models.targets import all_targets
from pavement.settings import load_settings
from pavement.store import audit, forecasts, plans, published, registry, users
from pavement.store import jobs as rows
from pavement.store.database import open_store
from sample_data.generate import generate
from tests.journeys.test_journey import pavement

# what its tests share takes long to make: one process makes it
pytestmark = [pytest.mark.xdist_group("journey by pages"), pytest.mark.nightly]

PASSWORD = "over the whole road"
BUDGET, YEARS = 6.5, 4
PIECE = 4_000_000
SHARED = tuple(name for name, target in all_targets().items() if target.shared)


@pytest.fixture(scope="module")
def packages(tmp_path_factory) -> list[Path]:
    """Return the survey packages of a made freeway that is just long enough to train on."""
    return generate(tmp_path_factory.mktemp("packages"), seed=11, size="medium")


@pytest.fixture(scope="module")
def by_commands(packages, tmp_path_factory):
    """Return a store that the command line took from packages to a plan, and the work list it exported."""
    home = tmp_path_factory.mktemp("commands")
    verbs = [
        ["ingest", *map(str, packages)],
        ["train", "--promote", "--reason", "first model"],
        ["forecast"],
        ["plan", "--budget", str(BUDGET * 1e6), "--years", str(YEARS)],
    ]
    for verb in [["init"], *verbs, ["export", "worklist", "list.csv", "--language", "en"]]:
        done = pavement(home, *verb)
        assert done.returncode == 0, (verb, done.stdout, done.stderr)
    with open_store(home) as store:
        yield store, pd.read_csv(home / "list.csv")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return another, empty store with its settings and its people."""
    settings = load_settings(environment={"PAVEMENT_HOME": str(tmp_path_factory.mktemp("pages"))})
    with open_store(settings.home) as store:
        for role in ("data", "planner", "admin"):
            users.add(store, role, password=PASSWORD, role=role)
        yield store, settings


class Person:
    """Somebody who signed in and presses what is on the pages; a class because it holds the session."""

    def __init__(self, app, role: str) -> None:
        self.client = app.server.test_client()
        self.client.get("/language/en?next=/login")
        answer = self.client.post("/login", data={"name": role, "password": PASSWORD, "next": "/"})
        assert answer.status_code == 302
        self.callbacks = self.client.get("/_dash-dependencies").get_json()

    def press(self, button: str, **fields) -> None:
        """Press a button as the browser does: the callback that listens to it, with the values of its fields."""
        (about,) = [c for c in self.callbacks if [i["id"] for i in c["inputs"]] == [button]]
        # what nobody filled in is empty
        state = [s | {"value": fields.pop(s["id"].replace("-", "_"), None)} for s in about["state"]]
        assert not fields, "the page has no such field"
        self._post(about, [{"id": button, "property": "n_clicks", "value": 1}], f"{button}.n_clicks", state)

    def promote(self, model: str, *, target: str) -> None:
        """Approve one candidate, with a reason."""
        fields = {"model": model, "reason": "first model", "confirm": True, "seen": ""}
        name = f"promote-{target}".replace("-", "_")
        self.press(f"promote-{target}-go", **{f"{name}_{field}": value for field, value in fields.items()})

    def _post(self, about, inputs, changed, state) -> None:
        parts = [dict(zip(("id", "property"), o.rsplit(".", 1), strict=True)) for o in _outputs(about["output"])]
        many = about["output"].startswith("..")
        body = {
            "output": about["output"],
            "outputs": parts if many else parts[0],
            "inputs": inputs,
            "changedPropIds": [changed],
            "state": state,
        }
        answer = self.client.post("/_dash-update-component", json=body)
        assert answer.status_code == 200, answer.get_data(as_text=True)[:500]

    def send(self, package: Path) -> None:
        """Upload a package as a zip, in pieces."""
        data = zipped(package)
        key = self.client.post("/uploads", json={"name": f"{package.name}.zip", "size": len(data)}).get_json()["id"]
        for at in range(0, len(data), PIECE):
            part = self.client.put(f"/uploads/{key}?offset={at}", data=data[at : at + PIECE])
            assert part.status_code == 200, part.get_data(as_text=True)
        assert self.client.post(f"/uploads/{key}/done", json={}).status_code == 200


def _outputs(output: str) -> list[str]:
    return output.strip(".").split("...") if output.startswith("..") else [output]


def zipped(folder: Path) -> bytes:
    """Return a folder as the bytes of a zip."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    return held.getvalue()


@pytest.fixture(scope="module")
def by_pages(packages, place):
    """Return the store after people did everything on the pages and the worker did what they asked for."""
    store, settings = place
    app = create_app(store, settings)
    data, admin, planner = (Person(app, role) for role in ("data", "admin", "planner"))
    for package in packages:
        data.send(package)
    assert worked(store, settings) == len(packages)
    admin.press("train-go")
    assert worked(store, settings) == 1
    assert not registry.live_models(store), "a candidate went live by itself"
    candidates = registry.versions(store)
    assert set(candidates["target"]) >= set(SHARED)
    for model, target in zip(candidates["model"], candidates["target"], strict=True):
        admin.promote(model, target=target)
    admin.press("forecast-go")
    assert worked(store, settings) == 1
    asked = {"plan_objective": "benefit", "plan_edge": "mean", "plan_keep_empty": False}
    planner.press("plan-go", plan_budget=BUDGET, plan_years=YEARS, **asked)
    assert worked(store, settings) == 1
    return store, planner


def worked(store, settings) -> int:
    """Let the worker do what is queued; every job must have come to its good end."""
    count = worker.work(store, settings, once=True)
    ended = rows.listing(store, limit=count)
    assert [j.state for j in ended] == ["done"] * count, [j.message for j in ended]
    assert {j.result["state"] for j in ended if j.kind == "ingest"} <= {"published"}
    return count


def test_both_published_the_same(by_commands, by_pages) -> None:
    for table in ("cells", "cell_values", "works", "distress", "findings"):
        mine, other = (published.table(s[0], table) for s in (by_pages, by_commands))
        keys = [c for c in ("cell", "year", "kind", "work", "record", "finding") if c in mine]
        drop = [c for c in ("run", "geometry") if c in mine]
        frames = [f.drop(columns=drop).sort_values(keys, ignore_index=True) for f in (mine, other)]
        pd.testing.assert_frame_equal(*frames)


def test_the_same_models_are_live_and_somebody_approved_them(by_commands, by_pages) -> None:
    targets = set(registry.versions(by_pages[0])["target"])
    for target in targets:
        mine, other = (registry.live(s[0], target) for s in (by_pages, by_commands))
        assert mine.model == other.model
    trail = audit.trail(by_pages[0])
    assert (trail["action"] == "promote").sum() == len(targets)
    assert set(trail.loc[trail["action"] == "promote", "user"]) == {"admin"}


def test_the_forecasts_are_the_same(by_commands, by_pages) -> None:
    keys = ["cell", "kind", "year"]
    mine, other = (forecasts.latest(s[0]).sort_values(keys, ignore_index=True) for s in (by_pages, by_commands))
    assert (mine["kind"].value_counts()[list(SHARED)] == 240 * 11).all()
    pd.testing.assert_frame_equal(mine, other)


def test_the_work_lists_are_the_same(by_commands, by_pages) -> None:
    store, planner = by_pages
    plan = plans.newest(store)
    answer = planner.client.get(f"/export/worklist/{plan.plan}.csv")
    assert answer.status_code == 200
    mine, other = (f.drop(columns="Audit head") for f in (pd.read_csv(io.BytesIO(answer.data)), by_commands[1]))
    pd.testing.assert_frame_equal(mine, other)
    assert len(mine) > 5
    assert mine["Year"].between(2026, 2025 + YEARS).all()
    spent = mine.groupby("Year")["Cost [NT$]"].sum()
    assert (spent <= BUDGET * 1e6).all()
    # the budget was felt: without it more would be done
    assert spent.max() > 0.5 * BUDGET * 1e6
