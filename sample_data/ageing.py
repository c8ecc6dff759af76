"""The made truth: roughness, ruts, cracks and potholes of every cell, year by year, with the works that reset them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sample_data.freeway import Freeway
from sample_data.ground import axles, ground
from sample_data.process import Floats, constants, stream_of
from sample_data.programme import Programme, chosen

LAST = 2025
RESURFACING = ("construction", "mill_overlay", "thin_overlay")


@dataclass
class State:
    """Condition of all cells on the day of a survey; `damage` is crack damage [-], 1 at half the area cracked."""

    iri: Floats
    rut: Floats
    damage: Floats
    potholes: Floats
    age: Floats
    axles: Floats


@dataclass(frozen=True)
class History:
    """
    The truth.

    Parameters
    ----------
    ground
        Cells and what they are made of.
    states
        cell, year, iri [m/km], rut [mm], crack_percent [%], potholes [-], age [year], esal [1/year],
        esal_since_work [-]; in spring of the year, before its works.
    works
        work, route, direction, lane, from_m, to_m, completed_on, treatment, thickness_mm, recorded.
    """

    ground: pd.DataFrame
    states: pd.DataFrame
    works: pd.DataFrame


def history(network: Freeway, *, years: range, seed: int) -> History:
    """Return the states of all cells in `years`, grown from the day each was opened."""
    cells = ground(network, seed=seed)
    first = int(constants()["construction_first"])
    load = axles(cells, network, range(first, LAST + 1), seed=seed)
    rng = stream_of(seed, "ageing")
    state = _new(cells, rng)
    opened = cells["opened"].to_numpy()
    table, programme = [], Programme(cells)
    for year in range(first, max(years) + 1):
        at = load[:, year - first]
        if year in years:
            table.append(_row(cells, state, at, year))
        if year == max(years):
            break
        grown = _aged(state, cells, at, rng)
        works = chosen(cells, _shown(state), programme, year=year, rng=rng)
        treated = _treated(grown, works, rng)
        open_now = opened <= year
        for name in vars(state):
            setattr(state, name, np.where(open_now, getattr(treated, name), getattr(state, name)))
    return History(cells, pd.concat(table, ignore_index=True), programme.table())


def _new(cells: pd.DataFrame, rng: np.random.Generator) -> State:
    p, count = constants(), len(cells)
    iri = p["iri_new"] * np.exp(p["iri_new_spread"] * _pairs(rng, count))
    zero = np.zeros(count)
    return State(iri, np.full(count, p["rut_new"]), zero, zero.copy(), np.full(count, 0.6), zero.copy())


def _pairs(rng: np.random.Generator, count: int) -> Floats:
    """Return values of variance 1 whose neighbours are alike: a paver does not change its mind every 100 m."""
    noise = rng.standard_normal(count + 4)
    return np.convolve(noise, np.ones(5) / np.sqrt(5), mode="valid")


def _aged(state: State, cells: pd.DataFrame, load: Floats, rng: np.random.Generator) -> State:
    """Return the state one year on."""
    p = constants()
    sn = cells["sn"].to_numpy() * (1 + p["strength_sn"] * cells["strength"] - p["drainage_sn"] * cells["drainage"])
    sn = np.maximum(sn.to_numpy(), 2.0)
    dense = np.where(state.age < 1, p["rut_dense"] * load**0.3, 0.0)
    creep = (
        p["rut_rate"]
        * load ** p["rut_load_power"]
        * np.sqrt(200 / cells["asphalt_mm"])
        / (1 + state.age) ** p["rut_age_power"]
    )
    heat = 1 + p["rut_heat"] * (cells["heat"] - 1)
    rut = (dense + creep * heat * np.exp(p["rut_spread"] * cells["luck_rut"])).to_numpy()
    capacity = (
        p["crack_axles"]
        * (sn / 6) ** p["crack_sn_power"]
        * np.exp(
            p["crack_strength"] * cells["strength"]
            - p["crack_drainage"] * cells["drainage"]
            + p["crack_spread"] * cells["luck_crack"]
        ).to_numpy()
    )
    damage = state.damage + load / capacity + p["crack_age"] * state.age / 10
    cracks = cracked(damage) - cracked(state.damage)
    own = p["iri_load_local"] * p["iri_load"] * np.exp(0.02 * state.age) * (1 + sn) ** -5.0 * load
    wet = 1 + 0.15 * cells["drainage"].to_numpy()
    grow = own + p["iri_environment"] * np.maximum(wet, 0.4) * state.iri + p["iri_crack"] * cracks + p["iri_rut"] * rut
    shock = p["iri_shock"] * rng.standard_normal(len(cells))
    holes = rng.poisson(p["pothole_rate"] * (cracked(damage) / 30) ** 1.5 * cells["rain"].to_numpy())
    return State(
        state.iri + np.maximum(grow + shock, 0.0),
        state.rut + rut,
        damage,
        state.potholes + holes,
        state.age + 1,
        state.axles + load,
    )


def cracked(damage: Floats) -> Floats:
    """Return area cracked [%] of crack damage: nothing to be seen first, then an S, half the area at 1."""
    p = constants()
    share = 100 / (1 + np.maximum(damage, 1e-6) ** -p["crack_power"])
    return np.where(share < p["crack_visible"], 0.0, share)


def _shown(state: State) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "iri": state.iri,
            "rut": state.rut,
            "crack_percent": cracked(state.damage),
            "potholes": state.potholes,
            "age": state.age,
        }
    )


def _treated(state: State, treatment: np.ndarray, rng: np.random.Generator) -> State:
    """Return the state after a year's works; `treatment` holds one name or "" a cell."""
    p, count = constants(), len(treatment)
    mill, thin, seal = (treatment == name for name in ("mill_overlay", "thin_overlay", "crack_seal"))
    new = mill | thin
    level = np.where(mill, p["iri_new"], p["iri_thin"]) * np.exp(p["iri_new_spread"] * _pairs(rng, count))
    keep = np.select([mill, thin, seal], [p["reflect_mill"], p["reflect_thin"], p["reflect_seal"]], 1.0)
    holes = np.where(new | (treatment == "pothole_patch"), 0.0, state.potholes)
    return State(
        np.where(new, np.minimum(state.iri, level), state.iri),
        np.where(mill, p["rut_new"], np.where(thin, np.minimum(state.rut, 2.0), state.rut)),
        state.damage * keep,
        holes,
        np.where(new, 0.5, state.age),
        np.where(new, 0.0, state.axles),
    )


def _row(cells: pd.DataFrame, state: State, load: Floats, year: int) -> pd.DataFrame:
    shown = _shown(state).assign(
        esal=load * 1e6, esal_since_work=state.axles * 1e6, year=year, cell=cells["cell"].to_numpy()
    )
    return shown[["cell", "year", "iri", "rut", "crack_percent", "potholes", "age", "esal", "esal_since_work"]]
