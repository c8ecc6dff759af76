"""LTPP tables (gzip CSV of one release) read into the panel: real histories of sections in service."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from ingest.formats import limit
from ingest.package import shown
from pavement.errors import SurveyError
from pavement.measures.layers import layer_coefficients
from pavement.schema import schema

_SECTION = ["STATE_CODE", "SHRP_ID"]
_DAYS = 365.25
_LAYERS = {
    "AC": "asphalt",
    "PC": "concrete",
    "TB": "treated_base",
    "TS": "treated_base",
    "GB": "granular_base",
    "GS": "subbase",
}
_THICKNESS = {
    "asphalt_mm": ["asphalt"],
    "base_mm": ["treated_base", "granular_base", "subbase"],
    "treated_mm": ["treated_base"],
    "concrete_mm": ["concrete"],
}
_NEW_SURFACE = "Overlay|Recycled|Reconstruct|Lane Replacement"
_CLIMATE = {
    "temp_avg": "temp_mean",
    "freeze_index": "freezing_index",
    "freeze_thaw": "freeze_thaw",
    "precipitation": "rain_mm",
}
_ID = (*_SECTION, "CONSTRUCTION_NO")
_YEARLY = ("state_code", "shrp_id", "construction_no", "year", "family", "site", *_CLIMATE)
# columns that are needed of each table; a construction number counts wherever it stands
_NEEDED = {
    "panel_section_year": _YEARLY,
    "MON_HSS_PROFILE_SECTION": (*_SECTION, "VISIT_DATE", "MRI"),
    "MON_T_PROF_INDEX_SECTION": (*_SECTION, "SURVEY_DATE", "LLH_DEPTH_1_8_MEAN", "RLH_DEPTH_1_8_MEAN"),
    "MON_DIS_AC_CRACK_INDEX": (*_SECTION, "SURVEY_DATE", "HPMS16_CRACKING_PERCENT_AC"),
    "EXPERIMENT_SECTION": (*_ID, "CN_ASSIGN_DATE", "CN_CHANGE_REASON_EXP"),
    "TST_L05B": (*_ID, "LAYER_NO", "LAYER_TYPE", "REPR_THICKNESS"),
    "PROJECT_HIST_AGE_EXP": (*_SECTION, "TRAFFIC_OPEN_DATE", "CONSTRUCTION_DATE"),
    "TRF_TREND": (*_SECTION, "YEAR", "ANNUAL_ESAL_TREND"),
    "TRF_MON_EST_ESAL": (*_SECTION, "YEAR_MON_EST", "AADT_TRUCK_COMBO"),
    "TRF_HIST_EST_ESAL": (*_SECTION, "YEAR_HIST_EST", "AADT_TRUCK_COMBO"),
}
_DATES = ("VISIT_DATE", "SURVEY_DATE", "CN_ASSIGN_DATE", "TRAFFIC_OPEN_DATE", "CONSTRUCTION_DATE")
# one of them in a whole column; behind strokes the month stands first, as in the United States
_FORMATS = ("%Y-%m-%d", "%m/%d/%Y")
# D dipstick, P photographs, L laser; older copies of the table lack it
_RUT_DEVICE = "T_PROF_DEVICE_CODE"
_WORDS = (*_SECTION, "state_code", "shrp_id", "family", "site", "CN_CHANGE_REASON_EXP", "LAYER_TYPE", _RUT_DEVICE)


def panel(folder: Path) -> pd.DataFrame:
    """
    Return the panel of an LTPP folder.

    Parameters
    ----------
    folder
        Holds ``MON_HSS_PROFILE_SECTION.csv.gz`` and its siblings.

    Returns
    -------
    panel
        Table ``panel``: unit = state and SHRP id as text, block = site of linked sections, epoch = construction number.
        Visits within 45 days are one; where the table names the devices of rut depths, they stand in ``rut_device``.
        Thickness and structural number come from the millimetres of TST_L05B; load and
        climate are those of years that had ended by the visit.

    Raises
    ------
    SurveyError
        A table or one of its columns is missing, a table is cut off, or a cell is no number or date.
    """
    visits = _visits(folder)
    sections = _read(folder, "panel_section_year")
    sections = sections.assign(unit=_unit(sections.rename(columns={"state_code": "STATE_CODE", "shrp_id": "SHRP_ID"})))
    sites = sections.drop_duplicates("unit").set_index("unit")["site"]
    visits = visits[visits["unit"].isin(sites.index)].assign(block=lambda f: f["unit"].map(sites))
    visits["family"] = _family(sections, visits)
    frame = visits.merge(_strength(folder), on=["unit", "epoch"], how="left")
    frame["age"] = _age(folder, frame)
    frame = _known_by(frame, _loads(folder), ["esal"])
    frame = _known_by(frame, _trucks(folder), ["aadtt"])
    frame = _known_by(frame, _climate(sections), list(_CLIMATE.values()))
    columns = [c for c in schema("panel").index if c in frame]
    return frame[columns].sort_values(["unit", "time"], ignore_index=True)


def works(folder: Path) -> pd.DataFrame:
    """
    Return the works that begin a construction number, by the treatments of this program.

    Parameters
    ----------
    folder
        As of :func:`panel`.

    Returns
    -------
    works
        unit, epoch (construction number that it begins), treatment, completed [decimal year]. Of several works of one
        day the one that lays a new surface counts; works that no treatment stands for are left out.
    """
    changes = _changes(folder)
    kinds = {
        # the words of CN_CHANGE_REASON_EXP, the strongest work first
        "mill_overlay": "Mill .*Overlay",
        "overlay": "Overlay",
        "crack_seal": "Crack Sealing",
        "patching": "Patch",
    }
    said = [changes["reason"].str.contains(words) for words in kinds.values()]
    found = changes.assign(treatment=np.select(said, list(kinds), default=""))
    found = found[found["treatment"] != ""].rename(columns={"number": "epoch", "begun": "completed"})
    return found.astype({"epoch": int})[["unit", "epoch", "treatment", "completed"]].reset_index(drop=True)


def _family(sections: pd.DataFrame, visits: pd.DataFrame) -> pd.Series:
    """Return the surface family at each visit: an overlay makes PCC into AC/PCC, so it goes by construction number."""
    own = sections.rename(columns={"construction_no": "epoch"}).drop_duplicates(["unit", "epoch"])
    found = (
        visits[["unit", "epoch"]].merge(own[["unit", "epoch", "family"]], how="left")["family"].set_axis(visits.index)
    )
    return found.fillna(visits["unit"].map(own.drop_duplicates("unit").set_index("unit")["family"]))


def _read(folder: Path, name: str) -> pd.DataFrame:
    """Return the needed columns of a table, dates and numbers typed."""
    file = folder / f"{name}.csv.gz"
    needed = _NEEDED[name]
    wanted = {*needed, "CONSTRUCTION_NO", _RUT_DEVICE}
    try:
        frame = pd.read_csv(file, usecols=lambda c: c in wanted, dtype=dict.fromkeys(_WORDS, str), low_memory=False)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise SurveyError(
            f"{file.name} cannot be read ({type(error).__name__}: {str(error).replace(str(file), file.name)[:120]}).",
            cure="Give the folder of the LTPP tables, and copy a table again that was cut off.",
        ) from error
    if missing := [c for c in needed if c not in frame]:
        raise SurveyError(
            f"{file.name} lacks the columns {', '.join(missing)}.", cure="Export the table again with all its columns."
        )
    kinds = {c: _date if c in _DATES else _number for c in frame if c not in _WORDS}
    return frame.assign(**{c: change(frame[c], file=file.name) for c, change in kinds.items()})


def _date(written: pd.Series, *, file: str) -> pd.Series:
    """Return dates of a column that is wholly in one of the formats; which of two a date is in is never guessed."""
    text = written.astype(object).where(written.notna())
    read = [pd.to_datetime(text, format=f, errors="coerce") for f in _FORMATS]
    best = min(read, key=lambda found: int((found.isna() & text.notna()).sum()))
    wrong = best.isna() & text.notna()
    if wrong.any():
        raise SurveyError(
            f"{file}: {shown(str(text[wrong].iloc[0]))!r} in {written.name} is no date of the column's format.",
            cure="Write 2004-07-31, or 07/31/2004 with the month first, in one way in the whole column.",
        )
    return best


def _number(written: pd.Series, *, file: str) -> pd.Series:
    amount = pd.to_numeric(written, errors="coerce")
    wrong = amount.isna() & written.notna()
    if wrong.any():
        raise SurveyError(
            f"{file}: {shown(str(written[wrong].iloc[0]))!r} in {written.name} is no number.",
            cure="Export the table again; an unknown number is an empty cell.",
        )
    return amount


def _unit(frame: pd.DataFrame) -> pd.Series:
    # ids hold leading zeros and letters: text, padded to four
    return frame["STATE_CODE"].astype(str).str.zfill(2) + "-" + frame["SHRP_ID"].astype(str).str.zfill(4)


def _time(dates: pd.Series) -> pd.Series:
    return dates.dt.year + (dates.dt.day_of_year - 1) / _DAYS


def _visits(folder: Path) -> pd.DataFrame:
    """Return the visits of every section with iri [m/km], rut [mm] and crack_percent [%]."""
    sources = [
        ("MON_HSS_PROFILE_SECTION", "VISIT_DATE", "MRI", "iri"),
        ("MON_T_PROF_INDEX_SECTION", "SURVEY_DATE", None, "rut"),
        ("MON_DIS_AC_CRACK_INDEX", "SURVEY_DATE", "HPMS16_CRACKING_PERCENT_AC", "crack_percent"),
    ]
    found = []
    for name, date, value, kind in sources:
        raw = _read(folder, name)
        values = raw[value] if value else raw[["LLH_DEPTH_1_8_MEAN", "RLH_DEPTH_1_8_MEAN"]].mean(axis=1)
        epoch = raw["CONSTRUCTION_NO"] if "CONSTRUCTION_NO" in raw else pd.Series(np.nan, index=raw.index)
        frame = pd.DataFrame(
            {"unit": _unit(raw), "time": _time(raw[date]), "epoch": epoch, "kind": kind, "value": values}
        )
        frame["device"] = raw.get(_RUT_DEVICE)
        found.append(frame.dropna(subset=["value", "time"]))
    rows = pd.concat(found, ignore_index=True)
    rows["epoch"] = rows["epoch"].fillna(_epoch_of(folder, rows))
    rows = rows.sort_values(["unit", "epoch", "time"], ignore_index=True)
    key = [rows["unit"], rows["epoch"]]
    apart = rows["time"].groupby(key).diff().fillna(1.0) > limit("same_visit") / _DAYS
    rows["visit"] = apart.groupby(key).cumsum()
    visit = rows.groupby(["unit", "epoch", "visit"])
    wide = rows.pivot_table(index=["unit", "epoch", "visit"], columns="kind", values="value", aggfunc="mean")
    wide["time"] = visit["time"].mean()
    if rows["device"].notna().any():
        wide["rut_device"] = visit["device"].first()
    wide = wide.reset_index().drop(columns="visit").astype({"epoch": int})
    return wide.rename_axis(columns=None)


def _epoch_of(folder: Path, rows: pd.DataFrame) -> pd.Series:
    """Return the construction number in force at each row's time."""
    history = _changes(folder)
    at = pd.merge_asof(
        rows.reset_index().sort_values("time"),
        history.sort_values("begun")[["unit", "begun", "number"]],
        left_on="time",
        right_on="begun",
        by="unit",
    )
    return at.set_index("index")["number"].reindex(rows.index).fillna(1)


def _changes(folder: Path) -> pd.DataFrame:
    raw = _read(folder, "EXPERIMENT_SECTION")
    frame = pd.DataFrame(
        {
            "unit": _unit(raw),
            "number": raw["CONSTRUCTION_NO"],
            "begun": _time(raw["CN_ASSIGN_DATE"]),
            "reason": raw["CN_CHANGE_REASON_EXP"].fillna(""),
        }
    )
    return frame.dropna(subset=["begun"]).drop_duplicates(["unit", "number"])


def _strength(folder: Path) -> pd.DataFrame:
    """Return asphalt_mm, concrete_mm, base_mm, treated_mm [mm] and sn of every section and construction number."""
    raw = _read(folder, "TST_L05B")
    raw = raw.assign(unit=_unit(raw), kind=raw["LAYER_TYPE"].map(_LAYERS)).dropna(subset=["kind"])
    raw = raw.drop_duplicates(["unit", "CONSTRUCTION_NO", "LAYER_NO"])
    table = layer_coefficients()
    share = raw["kind"].map(table["coefficient"] * table["drainage"]) * raw["REPR_THICKNESS"] / 25.4
    thick = {name: raw["REPR_THICKNESS"].where(raw["kind"].isin(kinds), 0.0) for name, kinds in _THICKNESS.items()}
    frame = raw.assign(sn=share, **thick)
    rigid = frame["kind"] == "concrete"
    total = frame.groupby(["unit", "CONSTRUCTION_NO"])[["sn", *_THICKNESS]].sum()
    total.loc[rigid.groupby([frame["unit"], frame["CONSTRUCTION_NO"]]).any(), "sn"] = np.nan
    return total.reset_index().rename(columns={"CONSTRUCTION_NO": "epoch"})


def _age(folder: Path, frame: pd.DataFrame) -> pd.Series:
    """Return years since the section opened or its last overlay, whichever is later; missing where neither is known."""
    opened = _read(folder, "PROJECT_HIST_AGE_EXP")
    starts = pd.DataFrame(
        {"unit": _unit(opened), "begun": _time(opened["TRAFFIC_OPEN_DATE"].fillna(opened["CONSTRUCTION_DATE"]))}
    )
    changes = _changes(folder)
    overlays = changes.loc[changes["reason"].str.contains(_NEW_SURFACE), ["unit", "begun"]]
    surfaces = pd.concat([starts, overlays]).dropna().sort_values("begun")
    at = pd.merge_asof(
        frame[["unit", "time"]].reset_index().sort_values("time"), surfaces, left_on="time", right_on="begun", by="unit"
    )
    return (at["time"] - at["begun"]).set_axis(at["index"]).reindex(frame.index)


def _loads(folder: Path) -> pd.DataFrame:
    raw = _read(folder, "TRF_TREND")
    frame = pd.DataFrame({"unit": _unit(raw), "year": raw["YEAR"], "esal": raw["ANNUAL_ESAL_TREND"]})
    # a year stands once for each construction number
    return frame.dropna().groupby(["unit", "year"], as_index=False)["esal"].mean()


def _trucks(folder: Path) -> pd.DataFrame:
    """Return trucks a day in the test lane's direction by year; monitored counts before historical estimates."""
    parts = []
    for name, year in (("TRF_MON_EST_ESAL", "YEAR_MON_EST"), ("TRF_HIST_EST_ESAL", "YEAR_HIST_EST")):
        raw = _read(folder, name)
        parts.append(pd.DataFrame({"unit": _unit(raw), "year": raw[year], "aadtt": raw["AADT_TRUCK_COMBO"]}))
    return pd.concat(parts).dropna().drop_duplicates(["unit", "year"])


def _climate(sections: pd.DataFrame) -> pd.DataFrame:
    """Return the mean climate of each section over its years so far."""
    frame = sections[["unit", "year", *_CLIMATE]].drop_duplicates(["unit", "year"]).sort_values(["unit", "year"])
    so_far = frame.groupby("unit")[list(_CLIMATE)].expanding().mean().reset_index(drop=True)
    return pd.concat([frame[["unit", "year"]].reset_index(drop=True), so_far.rename(columns=_CLIMATE)], axis=1)


def _known_by(frame: pd.DataFrame, values: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the frame with the values of the newest year that had ended by the visit."""
    values = values.astype({"year": float}).sort_values("year").assign(year=lambda v: v["year"] + 1)
    at = pd.merge_asof(frame.reset_index().sort_values("time"), values, left_on="time", right_on="year", by="unit")
    return frame.join(at.set_index("index")[columns])
