"""The page of the data's quality: what waits and what was refused stand where they are seen."""

import json

import pandas as pd
from plotly.utils import PlotlyJSONEncoder

from dashboard.pages import quality
from tests.dashboard.test_pages import page_text


def test_it_leads_to_the_runs_that_wait(app):
    frame = pd.DataFrame({"state": ["held", "published"], "run": ["c" * 64, "d" * 64], "number": [7, 6]})
    with app.server.test_request_context():
        said = json.dumps(quality._held(frame), cls=PlotlyJSONEncoder)
    assert "/run/" + "c" * 64 in said
    assert "/run/" + "d" * 64 not in said


def test_packages_and_refused_records_stand_before_the_long_table_of_coverage(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/quality")
    at = [text.index(words) for words in ('"Packages"', "Refused records by rule", "Coverage by year")]
    assert at == sorted(at)
