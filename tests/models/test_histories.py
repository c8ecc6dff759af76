"""A plain table becomes a panel: units, sites, epochs, units of measure, and every fault of it."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.histories import histories
from models.history_mapping import mapping_from_file, mapping_of
from pavement.errors import SurveyError, UnitError
from tests.models.tables import COLUMNS, history, mapping, without


def written(folder: Path, frame: pd.DataFrame, name: str = "h.csv") -> Path:
    path = folder / name
    if ".parquet" not in name:
        frame.to_csv(path, index=False)
        return path
    packed = gzip.compress if name.endswith(".gz") else bytes
    path.write_bytes(packed(frame.to_parquet()))
    return path


def test_a_table_becomes_units_sites_and_epochs(tmp_path: Path) -> None:
    found = histories(written(tmp_path, history()), mapping(), target="iri")
    panel = found.panel
    assert panel["unit"].iloc[0] == "N1-0000"
    assert (panel["block"].nunique(), panel["unit"].nunique(), len(panel)) == (40, 160, 1440)
    # a third of the cells were resurfaced once
    assert panel.groupby("unit")["epoch"].max().value_counts().to_dict() == {0: 106, 1: 54}
    assert panel["time"].iloc[0] == 2008.5
    assert {"esal", "age", "x_asphalt", "x_zone"} <= set(panel)
    assert found.levels == {"zone": ["coast", "hills"]}
    assert len(found.faults) == 0


@pytest.mark.parametrize("name", ["h.csv", "h.csv.gz", "h.parquet", "h.parquet.gz"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, name: str) -> None:
    plain = histories(written(tmp_path, history(sites=3)), mapping(), target="iri").panel
    pd.testing.assert_frame_equal(
        histories(written(tmp_path, history(sites=3), name), mapping(), target="iri").panel, plain
    )


def test_inches_a_mile_become_metres_a_kilometre(tmp_path: Path) -> None:
    frame = history(sites=3)
    plain = histories(written(tmp_path, frame), mapping(), target="iri").panel["iri"]
    path = written(tmp_path, frame.assign(iri=frame["iri"] * 63.36))
    np.testing.assert_allclose(histories(path, mapping(value="in/mi"), target="iri").panel["iri"], plain, rtol=1e-9)


def test_thousands_of_loads_are_told_by_their_unit(tmp_path: Path) -> None:
    frame = history(sites=3)
    path = written(tmp_path, frame.assign(esal=frame["esal"] / 1000))
    told = histories(path, mapping(load="kESAL/year"), target="iri")
    np.testing.assert_allclose(told.panel["esal"], frame["esal"], atol=0.5)
    assert not any("thousands" in n for n in told.notes)
    assert any("thousands" in n for n in histories(path, mapping(), target="iri").notes)


def test_an_unknown_unit_names_the_known(tmp_path: Path) -> None:
    path = written(tmp_path, history(sites=3))
    with pytest.raises(UnitError, match=r"furlong.*Known units: .*in/mi"):
        histories(path, mapping(value="furlong"), target="iri")
    with pytest.raises(UnitError, match=r"value: 'mm' is a length"):
        histories(path, mapping(value="mm"), target="iri")


@pytest.mark.parametrize(("share", "factor"), [(0.3, 63.36), (0.3, 1 / 63.36), (1.0, 63.36), (1.0, 1 / 63.36)])
def test_values_of_two_units_or_the_wrong_one_are_refused(tmp_path: Path, share: float, factor: float) -> None:
    frame = history(sites=5)
    other = np.arange(len(frame)) < share * len(frame)
    path = written(tmp_path, frame.assign(iri=frame["iri"] * np.where(other, factor, 1.0)))
    with pytest.raises(SurveyError, match=r"cannot all be m/km.*\[units\]"):
        histories(path, mapping(), target="iri")


def test_every_missing_column_is_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, history(sites=2).drop(columns=["iri", "zone"]))
    with pytest.raises(SurveyError, match=r"no column 'iri'; no column 'zone'. It has route, cell"):
        histories(path, mapping(), target="iri")


def test_m4_a_table_to_be_judged_may_lack_columns(tmp_path: Path) -> None:
    path = written(tmp_path, history(sites=3).drop(columns=["asphalt", "zone", "esal", "surface"]))
    found = histories(path, mapping(), target="iri", levels={"zone": ["coast", "hills"]})
    assert found.panel[["x_asphalt", "x_zone", "esal"]].isna().all(axis=None)
    assert (found.panel["family"] == "unknown").all()
    assert sum("counts as missing everywhere" in n for n in found.notes) == 4
    path = written(tmp_path, history(sites=3).drop(columns=["works", "zone"]))
    with pytest.raises(SurveyError, match="no column 'works'"):
        histories(path, mapping(), target="iri", levels={})


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    frame = history(sites=2)
    path = written(tmp_path, pd.concat([frame, frame[["iri"]]], axis=1))
    with pytest.raises(SurveyError, match="column 'iri' stands 2 times"):
        histories(path, mapping(), target="iri")


def test_bad_cells_are_listed_with_their_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    frame = history(sites=20).astype(object)
    frame.loc[0, "iri"] = "rough"
    frame.loc[1, "iri"] = "inf"
    frame.loc[2, "iri"] = -1.2
    frame.loc[3, "year"] = "12 May"
    frame.loc[4, "cell"] = None
    frame.loc[5, "asphalt"] = "thick"
    frame.loc[6, "iri"] = None
    found = histories(written(tmp_path, frame), mapping(), target="iri")
    listed = found.faults[["row", "column", "rule"]].astype({"row": int}).to_numpy().tolist()
    # header is row 1; an empty value is no fault but a year without a survey
    assert sorted(listed) == [
        [2, "iri", "number"],
        [3, "iri", "finite"],
        [4, "iri", "scale"],
        [5, "year", "number"],
        [6, "cell", "id"],
        [7, "asphalt", "number"],
    ]
    assert len(found.panel) == len(frame) - 6
    assert found.panel["x_asphalt"].isna().sum() == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("h.csv", b"", "no rows"),
        ("h.csv", b"route,cell,site,year,iri,works,age,esal,surface,asphalt,zone\n", "no rows"),
        ("h.csv.gz", gzip.compress(b"route,cell\n" * 5000)[:-40], "cannot be read"),
        ("h.parquet", b"PAR1 not really", "cannot be read"),
        ("h.csv", "路線,糙度\n".encode("cp950"), "cannot be read"),
        ("h.xlsx", b"PK", "no table that can be read"),
        ("absent.csv", None, "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_with_a_cure(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SurveyError, match=said) as error:
        histories(tmp_path / name, mapping(), target="iri")
    assert error.value.cure


def test_repeated_surveys_are_averaged_and_told(tmp_path: Path) -> None:
    frame = history(sites=2)
    path = written(tmp_path, pd.concat([frame, frame.assign(iri=frame["iri"] + 0.2)]))
    found = histories(path, mapping(), target="iri")
    np.testing.assert_allclose(found.panel["iri"], frame["iri"] + 0.1, atol=1e-9)
    assert any("72 rows repeat a unit and time" in n for n in found.notes)


def test_rows_of_one_survey_that_disagree_are_warned_of(tmp_path: Path) -> None:
    """Survey noise of IRI is 0.077 m/km: 0.2 apart may be two passes of one road, 0.5 is not."""
    frame = history(sites=2)
    for apart, said in ((0.2, 0), (0.5, 1)):
        again = frame.head(3).assign(iri=frame["iri"] + apart)
        found = histories(written(tmp_path, pd.concat([frame, again])), mapping(), target="iri")
        assert len(found.warnings) == said
    assert found.warnings[0].startswith("3 surveys have rows that disagree by more than the noise of a survey, by up")
    assert found.notes[0] == found.warnings[0]


def test_words_for_unknown_count_as_empty_and_are_told(tmp_path: Path) -> None:
    frame = history(sites=2).astype(object)
    frame.loc[[0, 1], "iri"] = "n/a"
    frame.loc[2, "asphalt"] = "NA"
    for name in ("h.csv", "h.parquet"):
        told = frame.astype(str) if name.endswith("parquet") else frame
        found = histories(written(tmp_path, told, name), mapping(), target="iri")
        assert found.faults.empty
        assert len(found.panel) == len(frame) - 2
        assert {"Cells of iri that say n/a count as empty: 2.", "Cells of asphalt that say NA count as empty: 1."} <= {
            *found.notes
        }


def test_lost_rows_are_told_and_too_many_refused(tmp_path: Path) -> None:
    """Two thirds of a table in another form of dates must not pass for the whole of it."""
    columns = mapping(without("year", "work") | {"date": "day"})
    frame = history(sites=2)
    few = frame.assign(day=["13/05/2008", "05/13/2008", "05/06/2008", *[f"{y}-05-13" for y in frame["year"][3:]]])
    found = histories(written(tmp_path, few), columns, target="iri")
    assert found.warnings[1] == "3 of 72 rows were not used, for faults in their cells (day: 3)."
    assert found.warnings[0].startswith(
        "day mixes dates with the day first (1 rows) and with the month first (1 rows). 1 may be either: these were not"
    )
    many = frame.assign(day=[f"{y}-05-13" if n % 3 else f"13/05/{y}" for n, y in enumerate(frame["year"], 1)])
    many.loc[::3, "day"] = "05/13/2009"
    with pytest.raises(SurveyError, match=r"48 of 72 rows were not used.*day mixes dates") as error:
        histories(written(tmp_path, many), columns, target="iri")
    assert len(error.value.faults) == 48


def test_dates_and_works_in_one_year_keep_their_order(tmp_path: Path) -> None:
    frame = history(sites=2)
    frame["day"] = [f"{y}-07-01" for y in frame["year"]]
    panel = histories(written(tmp_path, frame), mapping(without("year") | {"date": "day"}), target="iri").panel
    assert panel["time"].iloc[0] == pytest.approx(2008 + 182 / 366)
    both = frame[frame["year"] == 2012].assign(works=1, iri=0.7)
    found = histories(written(tmp_path, pd.concat([frame.assign(works=0), both])), mapping(), target="iri").panel
    own = found[found["unit"] == "N1-0001"]
    assert own["epoch"].tolist() == [0, 0, 0, 0, 0, 1, 2, 2, 2, 2]
    assert own["time"].is_monotonic_increasing


@pytest.mark.parametrize(("form", "text"), [("", "97/07/01"), ("%d/%m/%Y", "01/07/2008")])
def test_dates_of_the_agency_and_of_a_stated_format(tmp_path: Path, form: str, text: str) -> None:
    path = written(tmp_path, history(sites=2).assign(day=text))
    columns = without("year", "work") | {"date": "day"}
    found = histories(path, mapping_of({"columns": columns, "date_format": form}, file="m"), target="iri")
    assert found.panel["time"].unique() == pytest.approx([2008 + 182 / 366])


def test_dates_with_the_year_last_are_read_only_where_one_order_fits(tmp_path: Path) -> None:
    columns = mapping(without("year", "work") | {"date": "day"})
    frame = history(sites=2)
    for day, month in (("01/07", False), ("07/25", True)):
        told = frame.assign(day=[f"{'07/01' if month else '25/07'}/2009", *[f"{day}/2008"] * 71])
        found = histories(written(tmp_path, told), columns, target="iri")
        assert len(found.faults) == 0
        assert found.panel["time"].max() == pytest.approx(2009 + (181 if month else 205) / 365)
    with pytest.raises(SurveyError, match=r"day or the month first.*date_format"):
        histories(written(tmp_path, frame.assign(day="01/07/2008")), columns, target="iri")


def test_roc_years_are_told(tmp_path: Path) -> None:
    frame = history(sites=2)
    found = histories(written(tmp_path, frame.assign(year=frame["year"] - 1911)), mapping(), target="iri")
    assert found.panel["time"].min() == 2008.5
    assert any("ROC" in n for n in found.notes)


def test_without_site_and_work_the_notes_say_what_it_rests_on(tmp_path: Path) -> None:
    columns = without("site", "work", "age", "load", "family")
    found = histories(written(tmp_path, history(sites=2)), mapping(columns), target="iri")
    assert (found.panel["block"] == found.panel["unit"]).all()
    said = " ".join(found.notes)
    for word in ("No site is mapped", "No work is mapped", "Without age and load the HDM-4 line"):
        assert word in said


def test_m6_sites_that_share_a_unit_are_one_place(tmp_path: Path) -> None:
    frame = history(sites=3)
    frame.loc[0, "site"] = "s01-5"
    found = histories(written(tmp_path, frame), mapping(), target="iri")
    assert found.panel["block"].nunique() == 2
    assert any("joined" in n for n in found.notes)


def test_m4_a_text_not_learned_from_is_missing(tmp_path: Path) -> None:
    frame = history(sites=3)
    path = written(tmp_path, frame.assign(zone=np.where(frame["cell"] == "0001", "desert", "hills")))
    found = histories(path, mapping(), target="iri", levels={"zone": ["coast", "hills"]})
    assert found.panel.groupby("unit")["x_zone"].first().tolist()[:3] == [1.0, pytest.approx(np.nan, nan_ok=True), 1.0]
    assert any("desert" in n for n in found.notes)


def test_a_work_column_that_counts_surveys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SurveyError, match="works changes at every survey"):
        histories(written(tmp_path, history(sites=2).assign(works=range(72))), mapping(), target="iri")


@pytest.mark.parametrize("mark", ["year of the last work", "its name"])
def test_the_first_work_counts_where_the_marker_is_empty_before_it(tmp_path: Path, mark: str) -> None:
    """A counter is never empty; the year or the name of the last work is, until there was one."""
    frame = history(sites=12)
    year = np.where(frame["works"] > 0, 2012.0, np.nan)
    marks = year if mark.startswith("year") else np.where(frame["works"] > 0, "overlay", "")
    told = histories(written(tmp_path, frame.assign(works=marks)), mapping(), target="iri")
    plain = histories(written(tmp_path, frame), mapping(), target="iri")
    pd.testing.assert_frame_equal(told.panel, plain.panel)
    assert told.notes == [*plain.notes, "works is empty at first in 16 units: its first value counts as a work."]
    # a gap after it is no second work
    marks[frame["year"] == 2014] = np.nan if mark.startswith("year") else ""
    gap = histories(written(tmp_path, frame.assign(works=marks)), mapping(), target="iri")
    pd.testing.assert_frame_equal(gap.panel, plain.panel)


@pytest.mark.parametrize("mark", ["overlay", 1])
def test_a_marker_in_the_rows_of_works_alone_counts_each(tmp_path: Path, mark: object) -> None:
    frame = history(sites=3)
    rows = frame.assign(works=[mark if y in (2010, 2014) else None for y in frame["year"]])
    found = histories(written(tmp_path, rows), mapping(), target="iri")
    assert found.panel["epoch"].tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2] * 12
    assert any("in the rows of works alone" in n for n in found.notes)


def test_names_are_no_feature(tmp_path: Path) -> None:
    frame = history(sites=20)
    columns = without(features=("cell_name",))
    found = histories(written(tmp_path, frame.assign(cell_name="c" + frame["cell"])), mapping(columns), target="iri")
    assert "x_cell_name" not in found.panel
    assert any("80 different texts" in n for n in found.notes)


def test_every_fault_of_a_mapping_is_told_at_once() -> None:
    wrong = {"columns": COLUMNS | {"value": 3, "date": "d", "colour": "c"}, "units": {"values": "m/km"}, "extra": {}}
    with pytest.raises(SurveyError) as error:
        mapping_of(wrong, file="map.toml")
    for said in (
        "[extra] is not known",
        "colour is not known",
        "one of year and date",
        "value is no column name",
        "values",
    ):
        assert said in str(error.value)


@pytest.mark.parametrize("text", ["[columns", "x = 1", "\udcff"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SurveyError, match="map.toml"):
        mapping_from_file(path)


def test_a_feature_of_a_context_name_is_that_column(tmp_path: Path) -> None:
    frame = history(sites=2).assign(sn=4.0)
    panel = histories(written(tmp_path, frame), mapping(without(features=("sn",))), target="iri").panel
    assert (panel["sn"] == 4.0).all()
    assert "x_sn" not in panel


def test_devices_are_read_where_they_are_mapped_and_are_no_feature(tmp_path: Path) -> None:
    frame = history(sites=3)
    path = written(tmp_path, frame.assign(profiler=np.where(frame["year"] < 2012, "A", "B")))
    found = histories(path, mapping(COLUMNS | {"device": "profiler"}), target="iri").panel
    assert found.groupby("iri_device")["time"].agg(["min", "max"]).to_numpy().tolist() == [
        [2008.5, 2011.5],
        [2012.5, 2016.5],
    ]
    assert "x_profiler" not in found
