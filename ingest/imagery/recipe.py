"""What decides what a frame becomes, as one hash: program, camera, engine, parameters."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
import pandas as pd
import scipy
import simplejpeg

from ingest.imagery.camera import Camera
from ingest.imagery.engines import engine_name
from ingest.imagery.parameters import parameters
from pavement.schema import read_table

_TABLES = ("finding_kinds", "unusable_reasons", "crack_words", "severity", "measure_limits")


@cache
def program() -> str:
    """Return the hash of what works on frames: sources, weights, tables, and the versions below them."""
    versions = [module.__version__ for module in (cv2, np, pd, scipy, simplejpeg)]
    drawn = [read_table(name).to_json() for name in _TABLES]
    digest = hashlib.sha256(json.dumps([versions, dict(parameters()), drawn], sort_keys=True).encode())
    room = files("ingest.imagery")
    # what is written down of a frame is measured already
    for place in (room, room.joinpath("weights"), files("pavement.measures")):
        for file in sorted(place.iterdir(), key=lambda f: f.name) if place.is_dir() else []:
            if file.name.endswith((".py", ".onnx")):
                digest.update(f"{file.name}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def recipe_parts(
    camera: Camera, *, values: Mapping[str, float], engine: str, pixels_limit: int, output: str
) -> dict[str, Any]:
    """Return all but the frame itself that decides what it becomes, as plain JSON by name; see :func:`recipe`."""
    return {
        "output": output,
        "program": program(),
        "engine": engine_name(engine),
        "pixels_limit": int(pixels_limit),
        "camera": dataclasses.asdict(camera),
        "parameters": dict(values),
    }


def recipe(camera: Camera, *, values: Mapping[str, float], engine: str, pixels_limit: int, output: str) -> str:
    """
    Return the hash of all but the frame itself that decides what it becomes.

    Parameters
    ----------
    camera, values, engine, pixels_limit
        As of :func:`ingest.imagery.survey.quantify_frames`.
    output
        What is made of a frame: ``survey`` or ``folder``.
    """
    parts = recipe_parts(camera, values=values, engine=engine, pixels_limit=pixels_limit, output=output)
    return hashed(parts)


def hashed(parts: Mapping[str, Any]) -> str:
    """Return the hash of what :func:`recipe_parts` returns."""
    return hashlib.sha256(json.dumps(list(parts.values()), sort_keys=True).encode()).hexdigest()


def frame_key(made_by: str, content: bytes) -> str:
    """Return the name under which the result of a frame's bytes by a recipe is kept, in hex digits."""
    return hashlib.sha256(made_by.encode() + hashlib.sha256(content).digest()).hexdigest()
