"""The model as one text: written, read back, and first opened where a damaged one can do no harm."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

import lightgbm as lgb

from models.boosted import HORIZON, matrix
from models.curves import Curve
from models.fitting import FittedModel
from models.golden import check_golden, golden_states
from models.intervals import Intervals
from models.mixing import EVERY
from models.signature import CURE as _CURE
from models.signature import check_signature, signature
from models.targets import TARGETS
from pavement.errors import ModelError

FORMAT = 4
_PATIENCE = 120
# opens both boosters, forecasts the golden states with them and says so; run in a process of its own, because LightGBM
# crashes on some damaged texts. Without what LightGBM loads for the sake of others it starts in a quarter of the time
_TRIAL = """
import json, sys
for name in ("sklearn", "pandas", "pyarrow", "dask", "matplotlib", "graphviz"):
    sys.modules[name] = None
import lightgbm, numpy
held = json.load(sys.stdin)
opened = [lightgbm.Booster(model_str=held[k]) for k in ("booster", "difficulty")]
names = [b.feature_name() for b in opened]
if held["rows"] and names == [held["columns"]] * 2:
    rows = numpy.array(held["rows"], dtype=float)
    [b.predict(rows, num_threads=1) for b in opened]
print(json.dumps(names))
"""


def text_of(model: FittedModel, *, golden: dict[str, Any] | None = None) -> str:
    """
    Return a fitted model as JSON text; the same model gives the same text.

    Parameters
    ----------
    golden
        From :func:`models.golden.golden_forecasts`; the model must still say the same whenever it is opened.
    """
    beside = {"lightgbm": lgb.__version__, "signature": signature(model.columns), "golden": golden or {}}
    held = asdict(model) | {"format": FORMAT} | beside
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
        The text is no model of this program, its signature or units are others, LightGBM cannot open it, or it does
        not say what it said in training.
    """
    try:
        held = json.loads(text)
        if held.pop("format") != FORMAT:
            raise ModelError("The model has another format.", cure=_CURE)
        trees, columns, golden = (held.pop(name) for name in ("lightgbm", "signature", "golden"))
        model = _model(held)
        check_signature(columns, model.columns)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"This is no model of the program: {error!r}.", cure=_CURE) from error
    if not trusted:
        _prove(model, golden, trees=str(trees))
    return model


def _prove(model: FittedModel, golden: dict[str, Any], *, trees: str) -> None:
    """Open the trees where they can do no harm, then compare with the golden forecasts."""
    if model.booster and not golden and trees != lgb.__version__:
        raise ModelError(f"The model is of LightGBM {trees} and has no golden forecasts.", cure=_CURE)
    try:
        if model.booster:
            _try(model, golden)
        check_golden(model, golden)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"This is no model of the program: {error!r}.", cure=_CURE) from error


def _model(held: dict[str, Any]) -> FittedModel:
    widths = held.pop("intervals")
    # models of one group of states were kept without edges
    widths = widths | {name: tuple(widths.get(name, ())) for name in ("horizons", "quantiles", "edges")}
    curves = [
        Curve(c["name"], c["target"], {f: tuple(v) for f, v in c["coefficients"].items()}, tuple(c["terms"]))
        for c in held.pop("curves")
    ]
    model = FittedModel(
        **held
        | {name: tuple(held[name]) for name in ("columns", "families")}
        | {"ranges": {k: tuple(v) for k, v in held["ranges"].items()}},
        curves=tuple(curves),
        intervals=Intervals(**widths),
    )
    if model.target not in TARGETS or EVERY not in model.shares or not model.curves:
        raise ModelError("The model lacks its target, shares or curves.", cure=_CURE)
    if model.learned and not (model.booster and model.difficulty):
        raise ModelError("The model lacks its trees.", cure=_CURE)
    return model


def _try(model: FittedModel, golden: dict[str, Any]) -> None:
    states = golden_states(golden)
    rows = matrix(states.assign(**{HORIZON: 1.0}), list(model.columns)).tolist() if len(states) else []
    texts = json.dumps(
        {"booster": model.booster, "difficulty": model.difficulty, "columns": list(model.columns), "rows": rows}
    )
    command = [sys.executable, "-c", _TRIAL]
    try:
        trial = subprocess.run(command, input=texts.encode(), capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"LightGBM does not open the model within {_PATIENCE} s.", cure=_CURE) from error
    if trial.returncode != 0:
        raise ModelError(f"LightGBM cannot open the model (exit {trial.returncode}).", cure=_CURE)
    if json.loads(trial.stdout.splitlines()[-1]) != [list(model.columns)] * 2:
        raise ModelError("The model's trees do not fit its column signature.", cure=_CURE)
