import numpy as np
import pandas as pd
import pytest

from models.curves import Curve, curves, persistence


def states(**values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(values)


def test_hdm_line_equals_the_published_traffic_term() -> None:
    """HDM-4: SNPK 4, age 10, YE4 1 gives a traffic term of .0540 a year (m 0.023)."""
    curve = Curve("HDM-4 line", "iri", {"": ()})
    change = curve.increment(states(iri=[0.0], sn=[4.0], age=[10.0], esal=[1e6]), np.array([1.0]))
    assert change[0] == pytest.approx(0.0540, abs=5e-5)


def test_hdm_line_grows_with_the_present_value_alone_without_traffic() -> None:
    curve = Curve("HDM-4 line", "iri", {"": ()})
    change = curve.increment(states(iri=[1.2], sn=[4.0], age=[0.0], esal=[0.0]), np.array([10.0]))
    assert change[0] == pytest.approx(1.2 * (np.exp(0.23) - 1))


def test_a_state_without_family_gets_the_curve_of_all() -> None:
    curve = Curve("family rate", "iri", {"": (0.03,), "AC": (0.02,), "PC": (0.05,)})
    change = curve.increment(states(iri=[1.0] * 3).assign(family=["AC", None, "PC"]), np.ones(3))
    assert change.tolist() == [0.02, 0.03, 0.05]
    alone = curve.increment(states(iri=[1.0]).assign(family=[None]), np.ones(1))
    assert alone.tolist() == [0.03]


def test_persistence_is_no_change() -> None:
    assert persistence("iri").increment(states(iri=[1.0, 2.0]), np.array([1.0, 5.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("target", "name", "truth"),
    [
        ("iri", "family rate", lambda f: 0.04 * f["horizon"]),
        ("iri", "anchored curve", lambda f: f["iri"] * np.expm1(0.02 * f["horizon"])),
        ("rut", "anchored power", lambda f: f["rut"] * (((f["age"] + f["horizon"]) / f["age"]) ** 0.25 - 1)),
    ],
)
def test_a_curve_fitted_to_its_own_kind_gives_it_back(target: str, name: str, truth) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"family": "AC", "horizon": rng.uniform(1, 8, 400), "age": rng.uniform(1, 15, 400)})
    frame[target] = rng.uniform(1, 3, 400)
    frame["increment"] = truth(frame)
    fitted = next(c for c in curves(frame, target=target) if c.name == name)
    found = fitted.increment(frame, frame["horizon"].to_numpy())
    np.testing.assert_allclose(found, frame["increment"], rtol=0.03, atol=1e-3)


def test_cracking_solves_its_equation() -> None:
    """Against a fine Euler integration of dC/dt = (b + a C)(1 - C), C as a share."""
    curve = Curve("anchored cracking", "crack_percent", {"": (0.3, 0.01)})
    share, steps = 0.05, 200_000
    for _ in range(steps):
        share += (0.01 + 0.3 * share) * (1 - share) * 6 / steps
    change = curve.increment(states(crack_percent=[5.0]), np.array([6.0]))
    assert change[0] + 5.0 == pytest.approx(100 * share, rel=1e-4)


def test_cracking_stays_below_the_whole() -> None:
    curve = Curve("anchored cracking", "crack_percent", {"": (1.0, 0.2)})
    change = curve.increment(states(crack_percent=[0.0, 50.0, 100.0]), np.full(3, 40.0))
    assert (np.array([0.0, 50.0, 100.0]) + change <= 100 + 1e-6).all()


def test_a_family_never_seen_gets_the_curve_of_all() -> None:
    curve = Curve("family rate", "iri", {"": (0.03,), "AC": (0.05,)})
    change = curve.increment(pd.DataFrame({"iri": 1.0, "family": ["AC", "PCC"]}), np.array([2.0, 2.0]))
    np.testing.assert_allclose(change, [0.1, 0.06])
