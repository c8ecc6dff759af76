"""What became of a package, as lines of text."""

import pytest

from ingest.report import RunReport, fault_line
from pavement.errors import Fault, fault_frame

FAULT = {"file": "a.csv", "row": None, "message": "", "cure": "Send it again."}


@pytest.mark.parametrize(("changes", "line"), [
    ({"message": "a.csv: it is cut."}, "a.csv: it is cut. Send it again."),
    ({"message": "p.ppf is a PPF file.", "file": "p.ppf"}, "p.ppf is a PPF file. Send it again."),
    ({"message": "Lane '9' is not known.", "row": 3}, "a.csv row 3: Lane '9' is not known. Send it again."),
    ({"message": "2 days are not averaged.", "file": ""}, "2 days are not averaged. Send it again."),
])  # fmt: skip
def test_a_line_names_the_file_once_and_has_no_colon_without_one(changes, line):
    assert fault_line(FAULT | changes) == line


def test_what_a_report_leaves_out_is_counted_with_the_way_to_see_it():
    faults = fault_frame([Fault("a.csv", n, "", "", "doubtful", f"Message {n}.", "") for n in range(12)])
    report = RunReport("r", "s", "published", {}, faults)
    assert "… and 2 more: pavement ingest --all" in report.text()
    assert "Message 11." in report.text(most=len(faults))
