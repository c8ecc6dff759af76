"""The ageing curve that forecasts where no model is live, from rates in a table and never learned here."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from models.curves import Curve
from models.fitting import FittedModel
from models.intervals import Intervals
from models.mixing import EVERY
from models.parameters import parameter
from models.targets import target_of

NAME = "ageing-curve"
HDM = "HDM-4 line"


def ageing_curve(target: str, *, level: float) -> FittedModel:
    """
    Return the forecast of a target without a trained model (M14).

    A target with an HDM-4 line (IRI) follows it, the others the mean yearly rate of ``targets.csv``. The interval is
    that of a random walk with the noise of two surveys and the yearly wander of the table; it is uncalibrated.
    """
    own = target_of(target)
    rate = Curve("family rate", target, {EVERY: (own.drift,)})
    curve = Curve(HDM, target, {EVERY: ()}) if HDM in own.curves else rate
    years = np.arange(1.0, parameter("horizon_max") + 1)
    spread = np.sqrt(2 * own.noise**2 + years * own.wander**2)
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
