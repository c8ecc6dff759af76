"""Two engines, one contract: what each finds on drawn roads, and where the learned one looks at all."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from ingest.imagery import areas, learned
from ingest.imagery.camera import Camera
from ingest.imagery.confidence import crack_confidence
from ingest.imagery.engines import ENGINES, engine_name
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import quantify_frame
from pavement.errors import SettingsError

from .conftest import as_image, asphalt, line_length, painted, with_line

CAMERA = Camera("downward", 2.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_length_of_a_drawn_crack_is_within_3_percent(engine, longitudinal):
    road = with_line(asphalt(), longitudinal, width_mm=10.0, mm=2.0)
    found = quantify_frame(as_image(road), CAMERA, engine=engine).findings
    assert found["length_m"].sum() == pytest.approx(line_length(longitudinal), rel=0.03)


@pytest.mark.parametrize("engine", ENGINES)
def test_sound_road_and_paint_hold_no_crack(engine):
    road = painted(asphalt(width=2150), mm=2.0, places=(400.0, 3900.0))
    assert not quantify_frame(as_image(road), CAMERA, engine=engine).mask.any()


@pytest.mark.parametrize("engine", ENGINES)
def test_findings_carry_a_confidence_that_is_a_share(engine, longitudinal):
    road = with_line(asphalt(), longitudinal, width_mm=10.0, mm=2.0)
    found = quantify_frame(as_image(road), CAMERA, engine=engine).findings
    assert found["confidence"].between(0.5, 1.0).all()
    assert crack_confidence(engine, 0.0, values=parameters()) < 0.5


def test_engine_that_does_not_exist_is_refused():
    with pytest.raises(SettingsError, match="Engine 'magic' is not known"):
        engine_name("magic")


def test_network_is_small_and_named_by_its_hash():
    assert len(learned.weights()) < 4e6
    assert learned.weights_hash()[:8] in engine_name("learned")


def test_nothing_goes_through_the_network_where_the_filter_sees_no_line(monkeypatch):
    monkeypatch.setattr(learned, "_odds", lambda _: pytest.fail("looked at a sound road"))
    assert not quantify_frame(as_image(asphalt(spread=2.0)), CAMERA, engine="learned").mask.any()


def test_cascade_finds_what_the_whole_frame_would_show(longitudinal):
    """Pieces with a margin against the network over the whole frame, at tiles far from the frame's border."""
    road = with_line(asphalt(height=640, width=832), longitudinal, width_mm=10.0, mm=2.0)
    level = ((road - cv2.GaussianBlur(road, (0, 0), 20)) / road.std()).astype(np.float32)
    worth = np.zeros((10, 13), bool)
    worth[4:6, 7:11] = True
    half = cv2.resize(level, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    part = learned.crack_probability(level, half, worth, side=64)
    whole = learned.crack_probability(level, half, np.ones_like(worth), side=64)
    tiles = np.kron(worth, np.ones((64, 64), bool))
    assert not part[~tiles].any()
    assert whole[tiles].max() > 0.5
    assert ((part > 0.5) != (whole > 0.5))[tiles].mean() < 0.002


def test_weights_are_small_and_named_by_their_card() -> None:
    """A file of weights without a card that tells what it learned from is not used."""
    folder = Path(learned.__file__).parent / "weights"
    card = (folder / "README.md").read_text(encoding="utf-8")
    found = list(folder.glob("*.onnx"))
    assert {file.stem for file in found} == {"cracks", areas.FIELDS, areas.POTHOLES}
    assert sum(file.stat().st_size for file in found) < 4_000_000
    assert all(hashlib.sha256(file.read_bytes()).hexdigest() in card for file in found)
