"""What became of a package, for people and for the pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pavement.errors import no_faults

# notes tell of something that did not cost a record
NOTES = (
    "stray",
    "unused column",
    "no rows",
    "turned",
    "unverified",
    "unusable",
    "no temperature",
    "no time",
    "dead sensor",
    "drops",
    "spikes",
    "doubtful",
    "one wheel path",
    "known",
    "not recorded",
    "fewer",
    "bridged",
    "drift",
    "clocks",
    "joint",
    "break in series",
    "measured factor",
    "coverage",
    "special marks",
    "month",
)


@dataclass(frozen=True)
class RunReport:
    """
    What became of one survey package.

    Attributes
    ----------
    run
        Id of the run; empty when the package was refused before it could be named.
    survey
        Id that the manifest gives the survey.
    state
        ``published``, ``held`` (kept, but read by nobody until somebody releases it), ``unchanged`` (the very same was
        published before) or ``refused`` (the store is as it was).
    counts
        Rows by table.
    faults
        One row a fault, columns of :data:`pavement.errors.FAULT_COLUMNS`.
    message
        What happened, in one line, with the cure when the package was refused.
    """

    run: str
    survey: str
    state: str
    counts: dict[str, int] = field(default_factory=dict)
    faults: pd.DataFrame = field(default_factory=no_faults)
    message: str = ""

    @property
    def rejected(self) -> pd.DataFrame:
        """Faults that cost a record or a file."""
        return self.faults[~self.faults["rule"].isin(NOTES)]

    def text(self, *, most: int = 10) -> str:
        """Return the report as lines of text, with the first `most` faults."""
        lines = [f"{self.survey or 'package'}: {self.state}. {self.message}".strip()]
        filled = {table: count for table, count in self.counts.items() if count}
        if filled:
            width = max(len(table) for table in filled)
            lines += [f"  {table:<{width}}  {count:>10,}" for table, count in filled.items()]
        if len(self.faults):
            notes = len(self.faults) - len(self.rejected)
            lines.append(f"  {len(self.rejected):,} fault(s), {notes:,} note(s):")
            ordered = pd.concat([self.rejected, self.faults[self.faults["rule"].isin(NOTES)]])
            lines += [f"    {fault_line(fault)}" for fault in ordered.head(most).to_dict("records")]
            if len(self.faults) > most:
                more = f"{len(self.faults) - most:,} more"
                lines.append(f"    … and {more}: pavement ingest --all lists them, or pavement quality RUN --notes")
        return "\n".join(lines)


def fault_line(fault: dict[str, Any]) -> str:
    """Return a fault as one line: file, row, message and cure; the file once, and no colon where there is none."""
    row = "" if pd.isna(fault["row"]) else f" row {fault['row']}"
    # many messages name their file already, for they are also shown alone
    message = str(fault["message"]).removeprefix(f"{fault['file']}: ")
    place = f"{fault['file']}{row}".strip()
    named = not place or (not row and message.startswith(f"{fault['file']} "))
    return f"{message if named else f'{place}: {message}'} {fault['cure']}".strip()
