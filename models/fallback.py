"""The ageing curve that forecasts where no model is live, from rates in a table and never learned here."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from models.curves import Curve
from models.fitting import FittedModel
from models.intervals import Intervals
from models.mixing import EVERY
from models.parameters import parameter

NAME = "ageing-curve"


def ageing_curve(target: str, *, level: float) -> FittedModel:
    """
    Return the forecast of a target without a trained model (M14).

    IRI follows the HDM-4 line, the others the mean yearly rate of the table. The interval is that of a random walk
    with the noise of two surveys and the yearly wander of the table; it is uncalibrated.
    """
    rate = Curve("family rate", target, {EVERY: (parameter(f"drift_{target}"),)})
    curve = Curve("HDM-4 line", target, {EVERY: ()}) if target == "iri" else rate
    years = np.arange(1.0, parameter("horizon_max") + 1)
    spread = np.sqrt(2 * parameter(f"noise_{target}") ** 2 + years * parameter(f"wander_{target}") ** 2)
    widths = norm.ppf((1 + level) / 2) * spread
    return FittedModel(
        target=target,
        columns=(),
        curves=(curve,),
        shares={EVERY: {curve.name: 1.0}},
        booster="",
        difficulty="",
        intervals=Intervals(level, 0.0, tuple(years.tolist()), tuple(widths.tolist())),
        horizon=float(years[-1]),
        seed=0,
    )
