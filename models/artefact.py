"""The model as one text: written, read back, and first opened where a damaged one can do no harm."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

import lightgbm as lgb

from models.curves import Curve
from models.fitting import FittedModel
from models.intervals import Intervals
from pavement.errors import ModelError

FORMAT = 1
_CURE = "Promote an earlier version, or train again."
# opens both boosters and says so; run in a process of its own, because LightGBM crashes on some damaged texts
_TRIAL = """
import json, sys
import lightgbm
held = json.load(sys.stdin)
shapes = [lightgbm.Booster(model_str=held[k]).num_feature() for k in ("booster", "difficulty")]
print(json.dumps(shapes))
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
        curve, widths = held.pop("curve"), held.pop("intervals")
        curve["coefficients"] = {k: tuple(v) for k, v in curve["coefficients"].items()}
        model = FittedModel(
            **held | {"columns": tuple(held["columns"]), "ranges": {k: tuple(v) for k, v in held["ranges"].items()}},
            curve=Curve(**curve),
            intervals=Intervals(widths["level"], tuple(widths["horizons"]), tuple(widths["quantiles"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"This is no model: {error}.", cure=_CURE) from error
    if not trusted:
        _try(model)
    return model


def _try(model: FittedModel) -> None:
    texts = json.dumps({"booster": model.booster, "difficulty": model.difficulty})
    command = [sys.executable, "-c", _TRIAL]
    # bytes, not text: what LightGBM says of a damaged model need not be text
    trial = subprocess.run(command, input=texts.encode(), capture_output=True, timeout=120, check=False)  # noqa: S603
    if trial.returncode != 0:
        raise ModelError(f"LightGBM cannot open the model (exit {trial.returncode}).", cure=_CURE)
    if json.loads(trial.stdout.splitlines()[-1]) != [len(model.columns)] * 2:
        raise ModelError("The model's trees do not fit its column signature.", cure=_CURE)
