"""LTPP tables: a small made release, what is damaged in it, and dates that are never guessed."""

import gzip

import pytest

from ingest.readers.ltpp import panel
from pavement.errors import SurveyError

TABLES = {
    "panel_section_year": "state_code,shrp_id,construction_no,year,family,site,temp_avg,freeze_index,freeze_thaw,"
    "precipitation\n1,0101,1,2004,AC,7,18,0,5,1300\n",
    "MON_HSS_PROFILE_SECTION": "STATE_CODE,SHRP_ID,VISIT_DATE,MRI\n1,0101,03/04/2004,1.2\n1,0101,02/25/2006,1.5\n",
    "MON_T_PROF_INDEX_SECTION": "STATE_CODE,SHRP_ID,CONSTRUCTION_NO,SURVEY_DATE,LLH_DEPTH_1_8_MEAN,RLH_DEPTH_1_8_MEAN\n"
    "1,0101,1,2004-03-10,4,6\n",
    "MON_DIS_AC_CRACK_INDEX": "STATE_CODE,SHRP_ID,CONSTRUCTION_NO,SURVEY_DATE,HPMS16_CRACKING_PERCENT_AC\n"
    "1,0101,1,2006-02-20,12\n",
    "EXPERIMENT_SECTION": "STATE_CODE,SHRP_ID,CONSTRUCTION_NO,CN_ASSIGN_DATE,CN_CHANGE_REASON_EXP\n"
    "1,0101,1,1993-03-01,\n",
    "TST_L05B": "STATE_CODE,SHRP_ID,CONSTRUCTION_NO,LAYER_NO,LAYER_TYPE,REPR_THICKNESS\n1,0101,1,3,AC,101.6\n",
    "PROJECT_HIST_AGE_EXP": "STATE_CODE,SHRP_ID,TRAFFIC_OPEN_DATE,CONSTRUCTION_DATE\n1,0101,1993-03-01,\n",
    "TRF_TREND": "STATE_CODE,SHRP_ID,YEAR,ANNUAL_ESAL_TREND\n1,0101,2003,250000\n",
    "TRF_MON_EST_ESAL": "STATE_CODE,SHRP_ID,YEAR_MON_EST,AADT_TRUCK_COMBO\n1,0101,2003,900\n",
    "TRF_HIST_EST_ESAL": "STATE_CODE,SHRP_ID,YEAR_HIST_EST,AADT_TRUCK_COMBO\n",
}


def release(folder, **changes):
    for name, text in (TABLES | changes).items():
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def test_a_release_becomes_a_panel_with_the_month_first_behind_strokes(tmp_path):
    found = panel(release(tmp_path))
    assert found["unit"].tolist() == ["01-0101"] * 2
    # day 64 of 2004 and 70 are one visit; 25 February is day 56
    assert found["time"].tolist() == pytest.approx([2004 + (63 + 69) / 2 / 365.25, 2006 + (55 + 50) / 2 / 365.25])
    assert found[["iri", "asphalt_mm", "esal", "aadtt"]].to_numpy().tolist() == [
        [1.2, 101.6, 250000, 900],
        [1.5, 101.6, 250000, 900],
    ]
    assert found["rut"].iloc[0] == 5
    assert found["sn"].tolist() == pytest.approx([4 * 0.44] * 2)


def test_devices_of_rut_depths_are_told_where_the_table_names_them(tmp_path):
    assert "rut_device" not in panel(release(tmp_path))
    head, row, _ = TABLES["MON_T_PROF_INDEX_SECTION"].split("\n")
    named = f"{head},T_PROF_DEVICE_CODE\n{row},P\n"
    assert panel(release(tmp_path, MON_T_PROF_INDEX_SECTION=named))["rut_device"].iloc[0] == "P"


@pytest.mark.parametrize("name", list(TABLES))
def test_t5_a_missing_column_is_named(tmp_path, name):
    last = TABLES[name].splitlines()[0].rsplit(",", 1)[1]
    text = "\n".join(line.rsplit(",", 1)[0] for line in TABLES[name].splitlines()) + "\n"
    with pytest.raises(SurveyError, match=f"{name}.csv.gz lacks the columns {last}"):
        panel(release(tmp_path, **{name: text}))


@pytest.mark.parametrize("damage", ["cut", "flipped", "absent"])
def test_a_table_that_was_cut_off_is_refused_with_the_cure(tmp_path, damage):
    file = release(tmp_path) / "MON_HSS_PROFILE_SECTION.csv.gz"
    content = bytearray(file.read_bytes())
    content[20:24] = b"\xff\xff\xff\xff"
    file.write_bytes(file.read_bytes()[:-12] if damage == "cut" else bytes(content))
    if damage == "absent":
        file.unlink()
    with pytest.raises(SurveyError, match="MON_HSS_PROFILE_SECTION.csv.gz cannot be read") as refused:
        panel(tmp_path)
    assert "copy a table again" in refused.value.cure


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("03/04/2004,1.2\n1,0101,25/02/2006,1.5", "'25/02/2006' in VISIT_DATE"),
        ("2004-03-04,1.2\n1,0101,2006-02-25,1.4\n1,0101,03/04/2004,1.5", "'03/04/2004' in VISIT_DATE"),
        ("03/04/2004,x", "'x' in MRI is no number"),
    ],
)
def test_d1_dates_of_two_formats_are_refused_and_not_guessed(tmp_path, column, words):
    text = f"STATE_CODE,SHRP_ID,VISIT_DATE,MRI\n1,0101,{column}\n"
    with pytest.raises(SurveyError, match=words):
        panel(release(tmp_path, MON_HSS_PROFILE_SECTION=text))
