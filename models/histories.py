"""From a plain table of histories and its mapping to the panel that models learn from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from models.campaigns import DEVICE, device_columns
from models.history_mapping import Mapping
from models.history_table import Cells
from models.parameters import parameter
from models.targets import target_of
from pavement.dates import ROC_OFFSET
from pavement.errors import SurveyError, UnitError
from pavement.schema import measures, schema
from pavement.units import convert

Levels = dict[str, list[str]]
# columns of pairs that begin so are features of the model
OWN = "x_"
_LOADS = {"1/year": 1.0, "ESAL/year": 1.0, "kESAL/year": 1e3, "MESAL/year": 1e6}
_KEYS = ["unit", "epoch", "time"]


@dataclass(frozen=True)
class Histories:
    """
    Histories of a table, ready to be learned from or judged on.

    Attributes
    ----------
    panel
        Table ``panel`` with one column ``x_<name>`` for each feature that is none of its own.
    faults
        What was left out: a row or a cell each.
    notes
        What a reader of the scores has to know about the table; the warnings among them.
    warnings
        Those of them that somebody should look into before trusting the scores.
    counts
        Rows read, rows with a value, rows left out, surveys, units, sites and years.
    sha256
        Hash of the file.
    levels
        Known values of each feature that is text, in the order of their codes.
    places
        Unit and ``site`` as the table names them, each pair once; a unit without a site has none.
    """

    panel: pd.DataFrame
    faults: pd.DataFrame
    notes: list[str]
    counts: dict[str, float | int | str]
    sha256: str
    levels: Levels = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    places: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["unit", "site"]))


def histories(path: Path, mapping: Mapping, *, target: str, levels: Levels | None = None) -> Histories:
    """
    Return the histories of a table.

    Parameters
    ----------
    path
        CSV, packed CSV or Parquet; one row a unit and survey.
    mapping
        Which of its columns is what.
    target
        What `mapping.value` is: one of :data:`models.history.TARGETS`.
    levels
        Known values of text features, of the table that was learned from; an unseen one is missing (M4), and so is a
        whole column of features, context or family that this table lacks.

    Raises
    ------
    SurveyError
        The table cannot be read, lacks columns, holds no usable row, or its values do not fit the unit.
    """
    cells = Cells(path, mapping.columns, optional=() if levels is None else mapping.optional)
    notes = [f"The table has no column {c!r}: it counts as missing everywhere." for c in cells.absent] + cells.notes
    frame = pd.DataFrame({"unit": _joined(cells, mapping.id)}, index=cells.frame.index)
    frame["time"] = _time(cells, mapping, notes)
    frame[target] = _values(cells, mapping, target)
    usable = frame["unit"].notna() & frame["time"].notna()
    _check_lost(cells, mapping)
    frame["block"] = _blocks(cells, mapping, frame["unit"], notes)
    frame["family"] = cells.texts(mapping.family).fillna("unknown") if mapping.family else "all"
    if mapping.device:
        frame[f"{target}{DEVICE}"] = cells.texts(mapping.device)
    frame = frame.join(_context(cells, mapping))
    if mapping.built and "age" not in frame:
        age = frame["time"] - cells.numbers(mapping.built)
        frame["age"] = age.where(age >= 0)
    own, found = _features(cells, mapping, levels, notes)
    frame = frame.join(own)[usable]
    frame["epoch"] = _epochs(frame, cells, mapping, notes)
    surveys = _surveys(frame[frame[target].notna()], notes)
    cells.warnings.extend(_disagreeing(frame, target))
    if surveys.empty:
        raise SurveyError(
            f"{path.name} has no row with unit, time and value.", cure="Check the mapping.", faults=cells.faults
        )
    notes += _standing_notes(mapping, surveys)
    return Histories(
        surveys,
        cells.faults,
        [*cells.warnings, *notes],
        _counts(cells, surveys, target, frame),
        cells.sha256,
        levels=found,
        warnings=tuple(cells.warnings),
        places=_places(cells, mapping, frame),
    )


def _check_lost(cells: Cells, mapping: Mapping) -> None:
    """Warn of rows that faults cost, and refuse a table that loses too many: what is left may say anything."""
    by = cells.lost([*mapping.id, mapping.year or mapping.date, mapping.value])
    lost, rows = int(by.sum()), len(cells.frame)
    if not lost:
        return
    where = ", ".join(f"{column}: {n:,}" for column, n in by.items())
    said = f"{lost:,} of {rows:,} rows were not used, for faults in their cells ({where})."
    # where none is left at all, this is said by itself
    if parameter("lost_share") * rows < lost < rows:
        raise SurveyError(
            " ".join([f"{cells.file}: {said}", *cells.warnings]),
            cure="Correct the cells listed below, or the mapping.",
            faults=cells.faults,
        )
    cells.warnings.append(said)


def _disagreeing(frame: pd.DataFrame, target: str) -> list[str]:
    """Return a warning where rows of one unit and time differ by more than surveys of one road do."""
    by = frame.groupby(_KEYS)[target]
    apart = by.max() - by.min()
    far = apart[apart > parameter("repeat_noise") * target_of(target).noise]
    if far.empty:
        return []
    unit = str(measures().loc[target, "unit"])
    return [
        f"{len(far):,} surveys have rows that disagree by more than the noise of a survey, by up to {far.max():.3g} "
        f"{unit} (such as {far.index[0][0]} in {far.index[0][2]:.1f}): the mean of them counts; see which is right."
    ]


def _places(cells: Cells, mapping: Mapping, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the units and the sites that they lie in, before any are joined."""
    site = cells.texts(mapping.site).reindex(frame.index) if mapping.site else None
    return frame[["unit"]].assign(site=site).drop_duplicates(ignore_index=True)


def _joined(cells: Cells, columns: tuple[str, ...]) -> pd.Series:
    parts = [cells.texts(c) for c in columns]
    for column, part in zip(columns, parts, strict=True):
        cells.add(part.isna(), column, "id", "The unit has no name.", "Give every row its id.")
    known = pd.concat(parts, axis=1).notna().all(axis=1)
    text = parts[0].astype(str)
    for part in parts[1:]:
        text = text + "-" + part.astype(str)
    return text.astype(object).where(known, None)


def _time(cells: Cells, mapping: Mapping, notes: list[str]) -> pd.Series:
    """Return the decimal year of each row; a whole year means its middle, since nobody knows the day."""
    column = mapping.year or mapping.date
    time = cells.days(column, form=mapping.date_format) if mapping.date else cells.numbers(column)
    cells.add(cells.frame[column].isna(), column, "time", "The survey has no time.", "Give every row its year.")
    if mapping.year and len(known := time.dropna()) and bool((known == np.floor(known)).all()):
        if 0 < known.min() <= known.max() < 200:
            time = time + ROC_OFFSET
            notes.append("Years are taken for ROC years (AD = ROC + 1911).")
        time = time + 0.5
    low, high = schema("panel").loc["time", ["min", "max"]].astype(float)
    outside = (time < low) | (time > high)
    cells.add(outside, column, "time", f"The year lies outside {low:.0f}-{high:.0f}.", "Write the year as 2004.")
    return time.where(~outside)


def _values(cells: Cells, mapping: Mapping, target: str) -> pd.Series:
    """Return the target in its unit; what lies off its scale is left out, or refused where the unit must be wrong."""
    kind = measures().loc[target]
    unit, given = str(kind["unit"]), mapping.units.get("value", "")
    value = _converted(cells.numbers(mapping.value), given or unit, unit, "value")
    low, high = float(kind["min"]), float(kind["max"])
    outside = (value < low) | (value > high)
    known = value[value.notna() & (value >= low)]
    beyond = int((known > high).sum())
    # a level no road has: one in/mi read as m/km, or the other way round
    tiny = int((known < known.median() / parameter("unit_ratio")).sum()) if unit == "m/km" and len(known) else 0
    flat = unit == "m/km" and len(known) > 0 and known.median() < parameter("unit_flattest")
    if len(known) and (flat or max(beyond, tiny) > parameter("unit_share") * len(known)):
        raise SurveyError(
            f"{cells.file}: {mapping.value} cannot all be {given or unit}: of {len(known):,} values {beyond:,} lie "
            f"above {high:g} {unit} and {tiny:,} are far below the rest (median {known.median():.3g} {unit}).",
            cure='Say the unit under [units], such as value = "in/mi"; bring rows of another unit to it first.',
        )
    cure = "Correct the value, or the unit under [units]."
    cells.add(outside, mapping.value, "scale", f"Outside {low:g}-{high:g} {unit}.", cure)
    return value.where(~outside)


def _converted(values: pd.Series, source: str, unit: str, name: str) -> pd.Series:
    if unit == "1/year":
        if source not in _LOADS:
            raise UnitError(f"[units] {name}: {source!r} is not known.", cure=f"Known: {', '.join(_LOADS)}.")
        return values * _LOADS[source]
    words = {"inch": "in", "inches": "in", "percent": "%", "fraction": "-", "millimetre": "mm"}
    try:
        return convert(values, source=words.get(source, source), target=unit)
    except UnitError as error:
        raise UnitError(f"[units] {name}: {error.message}", cure=error.cure or f"Give a unit like {unit}.") from error


def _context(cells: Cells, mapping: Mapping) -> pd.DataFrame:
    """Return the context columns of the panel in their units; cells off their scale are listed and become missing."""
    found, rules = {}, schema("panel")
    for name, column in mapping.context.items():
        rule = rules.loc[name]
        unit = str(rule["unit"])
        values = _converted(cells.numbers(column), mapping.units.get(name, unit), unit, name)
        low, high = float(rule["min"]), float(rule["max"])
        outside = (values < low) | (values > high)
        cells.add(
            outside, column, "scale", f"Outside {low:g}-{high:g} {unit}.", "Correct it, or the unit under [units]."
        )
        found[name] = values.where(~outside)
    return pd.DataFrame(found, index=cells.frame.index)


def _blocks(cells: Cells, mapping: Mapping, unit: pd.Series, notes: list[str]) -> pd.Series:
    """Return the place that stays on one side of a split; sites that share a unit are one place (M6)."""
    if not mapping.site:
        notes.append(
            "No site is mapped: every unit counts as a site of its own. Neighbours on both sides of the split make "
            "scores by site look better than they are."
        )
        return unit
    site = cells.texts(mapping.site)
    if lost := int((site.isna() & unit.notna()).sum()):
        notes.append(f"{lost:,} rows have no site: their unit counts as its own.")
    site = site.where(site.notna(), "unit " + unit.astype(str))
    places, units = pd.factorize(site)[0], pd.factorize(unit)[0]
    size = int(places.max()) + 1
    known = units >= 0
    linked = coo_array(
        (np.ones(known.sum()), (places[known], units[known] + size)), shape=(size + units.max() + 1,) * 2
    )
    of_node: NDArray[np.int32] = connected_components(linked, directed=False)[1]
    block = pd.Series(of_node[places], index=site.index)
    name = site.groupby(block).transform("first")
    if merged := int(site[known].nunique() - name[known].nunique()):
        notes.append(f"Units lie in several sites: {merged:,} sites were joined with others, since they share a unit.")
    return name


def _features(cells: Cells, mapping: Mapping, levels: Levels | None, notes: list[str]) -> tuple[pd.DataFrame, Levels]:
    """Return the features that are none of the panel's: numbers as they are, text by the rank of its value."""
    found: dict[str, pd.Series] = {}
    known = dict(levels or {})
    for column in mapping.features:
        name = _feature_name(column, found)
        numbers = pd.to_numeric(cells.frame[column], errors="coerce")
        filled = cells.frame[column].notna()
        as_text = column in levels if levels is not None else numbers.notna().sum() < filled.sum() / 2
        if not as_text:
            found[name] = cells.numbers(column)
            continue
        text = cells.texts(column)
        ranks = known.setdefault(column, sorted(text.dropna().unique()))
        if len(ranks) > parameter("text_levels_max"):
            notes.append(f"{column} has {len(ranks):,} different texts, as a name has: it is no feature.")
            continue
        codes = text.map({one: float(rank) for rank, one in enumerate(ranks)}).astype(float)
        if unseen := sorted(set(text.dropna().unique()) - set(ranks)):
            notes.append(f"{column}: {', '.join(unseen[:5])} were not learned from and count as missing.")
        found[name] = codes
    return pd.DataFrame(found, index=cells.frame.index), known


def _feature_name(column: str, taken: dict[str, pd.Series]) -> str:
    # LightGBM refuses signs of JSON in names
    name = OWN + re.sub(r"\W+", "_", column).strip("_")
    return name if name not in taken else f"{name}_{len(taken)}"


def _epochs(frame: pd.DataFrame, cells: Cells, mapping: Mapping, notes: list[str]) -> pd.Series:
    """
    Return how many works lie before each row of a unit.

    A work is a change of the marker, and its first value where it was empty before; a gap after a value keeps it. A
    marker that stands in the row of each work alone, and is empty after, counts each time.
    """
    if not mapping.work:
        return pd.Series(0, index=frame.index)
    text = cells.texts(mapping.work).reindex(frame.index)
    number = pd.to_numeric(text, errors="coerce")
    written = text.notna()
    rank = number if number.notna().sum() == written.sum() else pd.Series(pd.factorize(text)[0], text.index)
    order = frame[["unit", "time"]].assign(work=rank.where(written).astype(float))
    # of two surveys in one year the one without a mark yet comes first
    order = order.sort_values(["unit", "time", "work"], kind="stable", na_position="first")
    by = order.groupby("unit")["work"]
    there, follower = order["work"].notna(), order["unit"] == order["unit"].shift(-1)
    first = order["unit"] != order["unit"].shift()
    emptied = there & follower & order["work"].shift(-1).isna()
    if emptied.sum() > parameter("work_rows_share") * (there & follower).sum():
        new = there & ~first
        notes.append(f"{mapping.work} stands in the rows of works alone and is empty after: each counts as a work.")
    else:
        held = by.ffill()
        new = held.notna() & ~first & (held != held.groupby(order["unit"]).shift())
        if begun := int((new & held.groupby(order["unit"]).shift().isna()).sum()):
            notes.append(f"{mapping.work} is empty at first in {begun:,} units: its first value counts as a work.")
    return new.groupby(order["unit"]).cumsum().astype(int).reindex(frame.index)


def _surveys(frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return one row a unit, epoch and time: the mean of its numbers and the first of its texts."""
    if repeated := int(frame.duplicated(_KEYS).sum()):
        notes.append(f"{repeated:,} rows repeat a unit and time: the mean of them counts.")
    texts = ["block", "family", *device_columns(frame)]
    numbers = list(frame.columns.difference([*_KEYS, *texts], sort=False))
    wanted = dict.fromkeys(numbers, "mean") | dict.fromkeys(texts, "first")
    found = frame.groupby(_KEYS, as_index=False).agg(wanted).sort_values(_KEYS, ignore_index=True)
    # both sides of a work in one year: the later one comes after
    found["time"] += 0.01 * found.groupby(["unit", "time"]).cumcount()
    return found


def _standing_notes(mapping: Mapping, surveys: pd.DataFrame) -> list[str]:
    found = []
    if not mapping.work:
        found.append(
            "No work is mapped: pairs without work rest on falls that nothing explains; lesser works that were not "
            "seen teach that roads heal and make rates look lower than they are."
        )
    elif (surveys.groupby(["unit", "epoch"]).size() < 2).all():
        raise SurveyError(
            f"{mapping.work} changes at every survey.", cure="Map a column that changes only when work was done."
        )
    if missing := [name for name, column in (("age", "age"), ("load", "esal")) if column not in surveys]:
        found.append(f"Without {' and '.join(missing)} the HDM-4 line rests on the defaults of model_parameters.csv.")
    if "esal" in surveys and surveys["esal"].median() < parameter("load_doubtful"):
        found.append(
            f"The median load is {surveys['esal'].median():.0f} ESAL a year: if it is in thousands, say so under "
            '[units]: load = "kESAL/year".'
        )
    return found


def _counts(cells: Cells, surveys: pd.DataFrame, target: str, frame: pd.DataFrame) -> dict[str, float | int | str]:
    return {
        "file": cells.file,
        "sha256": cells.sha256,
        "rows": len(cells.frame),
        "rows_with_value": int(frame[target].notna().sum()),
        "faults": len(cells.faults),
        "surveys": len(surveys),
        "units": int(surveys["unit"].nunique()),
        "sites": int(surveys["block"].nunique()),
        "first": float(surveys["time"].min()),
        "last": float(surveys["time"].max()),
    }
