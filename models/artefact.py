"""The model as one text: written, read back, and first opened where a damaged one can do no harm."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

import lightgbm as lgb

from models.curves import Curve
from models.fitting import FittedModel
from models.history import TARGETS
from models.intervals import Intervals
from models.mixing import EVERY
from pavement.errors import ModelError

FORMAT = 3
_PATIENCE = 120
_CURE = "Promote an earlier version, or train again."
# opens both boosters and says so; run in a process of its own, because LightGBM crashes on some damaged texts
_TRIAL = """
import json, sys
import lightgbm
held = json.load(sys.stdin)
names = [lightgbm.Booster(model_str=held[k]).feature_name() for k in ("booster", "difficulty")]
print(json.dumps(names))
"""


def text_of(model: FittedModel) -> str:
    """Return a fitted model as JSON text; the same model gives the same text."""
    held = asdict(model) | {"format": FORMAT, "lightgbm": lgb.__version__}
    return json.dumps(held, sort_keys=True, ensure_ascii=False, indent=1)


def model_of(text: str, *, trusted: bool = False) -> FittedModel:
    """
    Return the model of a text.

    Parameters
    ----------
    text
        From :func:`text_of`; its hash has been checked by the store.
    trusted
        Whether this very text was opened before, so that no trial in a child process is needed.

    Raises
    ------
    ModelError
        The text is no model of this program, or LightGBM cannot open it.
    """
    try:
        held = json.loads(text)
        if held.pop("format") != FORMAT:
            raise ModelError("The model has another format.", cure=_CURE)
        held.pop("lightgbm")
        model = _model(held)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"This is no model of the program: {error!r}.", cure=_CURE) from error
    if not trusted and model.booster:
        _try(model)
    return model


def _model(held: dict[str, Any]) -> FittedModel:
    widths = held.pop("intervals")
    curves = [
        Curve(c["name"], c["target"], {f: tuple(v) for f, v in c["coefficients"].items()}, tuple(c["terms"]))
        for c in held.pop("curves")
    ]
    model = FittedModel(
        **held
        | {"columns": tuple(held["columns"]), "families": tuple(held["families"])}
        | {"ranges": {k: tuple(v) for k, v in held["ranges"].items()}},
        curves=tuple(curves),
        intervals=Intervals(**widths | {name: tuple(widths[name]) for name in ("horizons", "quantiles")}),
    )
    if model.target not in TARGETS or EVERY not in model.shares or not model.curves:
        raise ModelError("The model lacks its target, shares or curves.", cure=_CURE)
    if model.learned and not (model.booster and model.difficulty):
        raise ModelError("The model lacks its trees.", cure=_CURE)
    return model


def _try(model: FittedModel) -> None:
    texts = json.dumps({"booster": model.booster, "difficulty": model.difficulty})
    command = [sys.executable, "-c", _TRIAL]
    try:
        trial = subprocess.run(command, input=texts.encode(), capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"LightGBM does not open the model within {_PATIENCE} s.", cure=_CURE) from error
    if trial.returncode != 0:
        raise ModelError(f"LightGBM cannot open the model (exit {trial.returncode}).", cure=_CURE)
    if json.loads(trial.stdout.splitlines()[-1]) != [list(model.columns)] * 2:
        raise ModelError("The model's trees do not fit its column signature.", cure=_CURE)
