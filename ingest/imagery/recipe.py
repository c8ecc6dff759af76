"""What decides what a frame becomes, as one hash: program, camera, engine, parameters."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import cv2
import numpy as np
import pandas as pd
import scipy

from ingest.imagery.camera import Camera
from ingest.imagery.engines import engine_name
from ingest.imagery.parameters import parameters


@cache
def program() -> str:
    """Return the hash of what works on frames: the source of this room, weights, table, and the versions below it."""
    versions = [module.__version__ for module in (cv2, np, pd, scipy)]
    digest = hashlib.sha256(json.dumps([versions, dict(parameters())], sort_keys=True).encode())
    room = files("ingest.imagery")
    for place in (room, room.joinpath("weights")):
        for file in sorted(place.iterdir(), key=lambda f: f.name) if place.is_dir() else []:
            if file.name.endswith((".py", ".onnx")):
                digest.update(f"{file.name}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


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
    parts = [output, program(), engine_name(engine), int(pixels_limit), dataclasses.asdict(camera), dict(values)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def frame_key(made_by: str, content: bytes) -> str:
    """Return the name under which the result of a frame's bytes by a recipe is kept, in hex digits."""
    return hashlib.sha256(made_by.encode() + hashlib.sha256(content).digest()).hexdigest()
