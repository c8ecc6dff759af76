"""Faults of many rows, marked where they are found and listed once a row and column."""

from __future__ import annotations

import pandas as pd

from pavement.errors import FAULT_COLUMNS, no_faults

# made once: building an empty frame costs more than many a check
NONE = no_faults()


class Marks:
    """
    Collects faults of the rows of one frame; a class because every check adds to the same list.

    Parameters
    ----------
    frame
        Rows that are checked; ``_row`` is their number in the file.
    file
        Name shown in faults.
    """

    def __init__(self, frame: pd.DataFrame, *, file: str) -> None:
        self.file = file
        self._frame = frame
        self._found: list[pd.DataFrame] = []
        self.any = pd.Series(False, index=frame.index)

    def add(
        self,
        wrong: pd.Series,
        column: str,
        rule: str,
        message: str | pd.Series,
        cure: str | pd.Series,
        values: pd.Series | None = None,
    ) -> None:
        """Mark rows where `wrong`; ``{value}`` in the message is filled from `values` or the column."""
        # one fault says why a record has no place: what follows from it is not told again
        new = wrong.fillna(False).astype(bool) & ~self.any
        if not new.any():
            return
        given = self._frame[column] if values is None and column in self._frame else values
        shown = pd.Series("", index=self._frame.index) if given is None else given
        texts = shown[new].map(_shown)
        said = message[new] if isinstance(message, pd.Series) else pd.Series(message, index=texts.index)
        self._found.append(
            pd.DataFrame(
                {
                    "file": self.file,
                    "row": self._frame.loc[new, "_row"].astype("Int64"),
                    "column": column,
                    "value": texts,
                    "rule": rule,
                    "message": [str(m).format(value=v[:80]) for m, v in zip(said, texts, strict=True)],
                    "cure": cure[new] if isinstance(cure, pd.Series) else cure,
                }
            )
        )
        self.any = self.any | new

    def frame(self) -> pd.DataFrame:
        """Return the faults found, by row."""
        if not self._found:
            return NONE
        found = pd.concat(self._found)[list(FAULT_COLUMNS)]
        return found.sort_values("row", kind="stable").reset_index(drop=True)


def _shown(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 else str(value)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))[:200]
