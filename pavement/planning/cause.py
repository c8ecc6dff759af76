"""Surface or structural: the cause of damage from evidence with limits, or the word that it is doubtful."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.cell_history import CONSTRUCTION, decimal_year
from pavement.condition.joins import overlaps
from pavement.condition.surface_types import SURFACES, surface_types
from pavement.measures.needed_structure import needed_structure
from pavement.planning.economics import parameters
from pavement.planning.treatments import kinds
from pavement.planning.words import limits_text, value_text
from pavement.schema import read_table
from pavement.units import convert

Floats = NDArray[np.float64]
STRUCTURAL = "structural"
_DAYS = 365.25
_EVIDENCE = ["row", "evidence", "value", "at_least", "below", "speaks_for", "weight", "zh", "en"]


@cache
def _rules() -> pd.DataFrame:
    """Return ``cause_evidence.csv`` with limits in the unit of the kind; ratios have none."""
    table = read_table("cause_evidence")
    unit = table["kind"].map(kinds()["unit"]).where(table["of"] == "", "-")
    limits = {
        column: [
            float(convert(float(value), source=source, target=target))
            for value, source, target in zip(table[column], table["unit"], unit, strict=True)
        ]
        for column in ("at_least", "below")
    }
    return table.assign(**limits).fillna({"at_least": -np.inf, "below": np.inf})


def cause_kinds() -> list[str]:
    """Return the measured kinds that evidence asks for."""
    asked = pd.concat([_rules()[c] for c in ("kind", "of", "given")])
    return sorted({*asked[asked != ""], "esal", "subgrade_modulus"} - {"sn_needed", "early_repairs"})


def surfaces(units: pd.DataFrame) -> pd.Series:
    """Return asphalt, jointed or continuous for units, from the shares ``surface_jointed`` and so on; else asphalt."""
    share = pd.DataFrame({s: _column(units, f"surface_{s}") for s in SURFACES[1:]}).fillna(0.0).to_numpy()
    share = np.column_stack([1 - share.sum(axis=1), share])
    return pd.Series(np.array(SURFACES, dtype=object)[share.argmax(axis=1)], index=units.index)


def surface_shares(segments: pd.DataFrame) -> pd.DataFrame:
    """Return ``surface_jointed`` and ``surface_continuous`` (0 or 1) by cell, from the newest material on record."""
    rows = segments.reindex(columns=["cell", "year", "surface_material"]).sort_values("year")
    known = (
        rows[rows["surface_material"].astype(object).fillna("") != ""]
        .drop_duplicates("cell", keep="last")
        .set_index("cell")
    )
    found = surface_types(known["surface_material"])
    return pd.DataFrame({f"surface_{s}": (found == s).astype(float) for s in SURFACES[1:]})


def early_repairs(cells: pd.DataFrame, works: pd.DataFrame) -> pd.Series:
    """
    Return for each cell whether a work followed the one before within ``early_repair_years``. [0 or 1]

    Any two works of the works table count, except that construction follows nothing; works within
    ``early_repair_days`` are one job. What came before the last structural work is over. Missing where the direction
    of the cell has no works on record.
    """
    p = parameters()
    done = works[works["completed_on"].notna()].reset_index(drop=True)
    joined = overlaps(done, cells)
    row = joined["stretch"].to_numpy(np.int64)
    table = pd.DataFrame(
        {
            "cell": joined["cell"].to_numpy(np.int64),
            "when": decimal_year(pd.to_datetime(done["completed_on"]))[row],
            "treatment": done["treatment"].to_numpy(object)[row],
        }
    ).sort_values(["cell", "when"], kind="stable")
    categories = read_table("treatments").set_index("treatment")["category"]
    fresh = table["treatment"].map(categories).eq(STRUCTURAL)
    gap = table.groupby("cell")["when"].diff()
    early = gap.between(p["early_repair_days"] / _DAYS, p["early_repair_years"]) & (table["treatment"] != CONSTRUCTION)
    epoch = fresh.groupby(table["cell"]).cumsum()
    current = epoch == epoch.groupby(table["cell"]).transform("max")
    hit = table.loc[early & current & ~fresh, "cell"].unique()
    ways = pd.MultiIndex.from_frame(works[["route", "direction"]])
    known = pd.MultiIndex.from_frame(cells[["route", "direction"]]).isin(ways)
    value = np.where(known, np.isin(np.arange(len(cells)), hit).astype(float), np.nan)
    return pd.Series(value, index=pd.Index(cells["cell"], name="cell"), name="early_repairs")


def evidence(units: pd.DataFrame) -> pd.DataFrame:
    """
    Return what speaks for a cause: one row a unit and a row of ``cause_evidence.csv`` that holds.

    Parameters
    ----------
    units
        One row a unit with any of the measured kinds, in the units of their kinds.

    Returns
    -------
    evidence
        row (position of the unit), evidence, value [unit of the kind, ratios -], at_least, below, speaks_for
        (surface / structural), weight, and words zh, en.
    """
    table = units.assign(sn_needed=_needed(units), surface=surfaces(units).to_numpy())
    found = [_holding(table, rule) for rule in _rules().to_dict("records")]
    return pd.concat(found, ignore_index=True).sort_values(["row"], kind="stable", ignore_index=True)[_EVIDENCE]


def _holding(table: pd.DataFrame, rule: dict[str, object]) -> pd.DataFrame:
    """Return the units for which one row of evidence holds, with its words."""
    value = _column(table, str(rule["kind"]))
    if rule["of"]:
        whole = _column(table, str(rule["of"]))
        value = np.divide(value, whole, out=np.full(len(value), np.nan), where=whole > 0)
    applies = table["surface"].isin(str(rule["surfaces"]).split("|")).to_numpy()
    if rule["given"]:
        applies = applies & (_column(table, str(rule["given"])) >= float(str(rule["given_at_least"])))
    low, high = float(str(rule["at_least"])), float(str(rule["below"]))
    row = np.flatnonzero(applies & (value >= low) & (value < high))
    words = {language: [_words(rule, v, language) for v in value[row].tolist()] for language in ("zh", "en")}
    same = {name: rule[name] for name in ("evidence", "at_least", "below", "speaks_for", "weight")}
    return pd.DataFrame({"row": row, "value": value[row], **words}).assign(**same)


def _words(rule: dict[str, object], value: float, language: str) -> str:
    kind = "" if rule["of"] else str(rule["kind"])
    said = value_text(kind, value, language, name=str(rule[language]))
    limits = limits_text(float(str(rule["at_least"])), float(str(rule["below"])))
    return f"{said}（{limits}）" if language == "zh" else f"{said} ({limits})"


def causes(units: pd.DataFrame) -> pd.DataFrame:
    """
    Return the cause of damage of each unit.

    Parameters
    ----------
    units
        As of :func:`evidence`.

    Returns
    -------
    causes
        In the order of units: cause (surface, structural, doubtful, or empty where nothing was measured that speaks
        for either), code (of ``causes.csv``, NaN where empty), coring (bool), evidence_zh, evidence_en, said_zh,
        said_en.

    Notes
    -----
    A cause is called when it has ``cause_share`` of the weight of all evidence; a structural one, which costs most,
    needs a weight of ``cause_weight`` besides. All else with evidence is doubtful, and cores are asked for.
    """
    p = parameters()
    found = evidence(units)
    weight = found.pivot_table(index="row", columns="speaks_for", values="weight", aggfunc="sum")
    weight = weight.reindex(index=range(len(units)), columns=["surface", STRUCTURAL]).fillna(0.0)
    total = weight.sum(axis=1)
    structural = (weight[STRUCTURAL] >= p["cause_share"] * total) & (weight[STRUCTURAL] >= p["cause_weight"])
    surface = weight["surface"] >= p["cause_share"] * total
    cause = np.select([total == 0, structural, surface], ["", STRUCTURAL, "surface"], default="doubtful")
    table = read_table("causes").set_index("cause")
    told = table.reindex(cause).reset_index(drop=True)
    words = {f"evidence_{language}": _joined(found, len(units), language) for language in ("zh", "en")}
    said = {c: told[c].fillna("").astype(str).to_numpy(object) for c in ("said_zh", "said_en")}
    result = {"cause": cause.astype(object), "code": told["code"].to_numpy(float), "coring": told["coring"].eq("yes")}
    return pd.DataFrame({**result, **words, **said}).set_index(units.index)


def _joined(found: pd.DataFrame, count: int, language: str) -> NDArray[np.object_]:
    """Return for each unit its evidence in words, the structural first."""
    names = read_table("causes").set_index("cause")[language]
    texts = []
    for cause in (STRUCTURAL, "surface"):
        own = found[found["speaks_for"] == cause]
        listed = own.groupby("row")[language].agg(list).reindex(range(count))
        head, comma = (f"{names[cause]}：", "、") if language == "zh" else (f"{names[cause]}: ", ", ")
        texts.append(np.array([head + comma.join(t) if isinstance(t, list) else "" for t in listed], dtype=object))
    between = np.where((texts[0] != "") & (texts[1] != ""), "；" if language == "zh" else "; ", "")
    return np.asarray(texts[0] + between + texts[1], dtype=object)


def _needed(units: pd.DataFrame) -> Floats:
    """Return the structural number that the traffic of ``needed_years`` asks for."""
    p = parameters()
    # the factor takes what deflections give to the modulus of the design equation
    modulus = convert(_column(units, "subgrade_modulus") * p["needed_modulus"], source="MPa", target="psi")
    axles = _column(units, "esal") * p["needed_years"]
    return needed_structure(axles, np.asarray(modulus), zr=p["needed_zr"], s0=p["needed_s0"], loss=p["needed_loss"])


def _column(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(float) if name in frame else np.full(len(frame), np.nan)
