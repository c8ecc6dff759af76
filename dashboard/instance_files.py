"""Files of ``pavement optimise``: tables of strategies and budgets read part by part, and the plan written."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from pavement.errors import PavementError, PlanError
from pavement.planning.instance import NAMES, Instance, cost_columns, instance
from pavement.planning.instance_faults import LARGEST, LISTED, FaultList
from pavement.store.files import safe_text, whole
from pavement.written_text import CUTS, csv_table

FORMATS = (".parquet", ".csv", ".csv.gz")
# bytes of a CSV and rows of a Parquet file taken at a time
_BYTES, _ROWS = 1 << 25, 1 << 17


def table_format(path: Path) -> str:
    """Return the format that a file's name ends in, or refuse it."""
    for suffix in FORMATS:
        if path.name.lower().endswith(suffix):
            return suffix
    raise PlanError(f"{path.name}: unknown format.", cure=f"Name a file that ends in one of {', '.join(FORMATS)}.")


class StrategyFile:
    """A table of strategies; a class because it is read twice, all of it and then the rows that were taken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._csv = table_format(path) != ".parquet"
        # a row of a CSV is known by its line, which counts the heading
        self.first_row = 2 if self._csv else 1
        self._texts: list[str] = list(NAMES)
        with told(path):
            names = _heading(path) if self._csv else pq.ParquetFile(path).schema_arrow.names
        if len(names) == 1 and any(cut in names[0] for cut in CUTS):
            raise PlanError(f"{path.name} has one column only: {names[0][:80]}.", cure="Cut its cells by commas.")
        self.faults = FaultList(path.name)
        self.costs = cost_columns(names, self.faults)
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.faults.whole(name, "column", f"The column {name} stands twice.", "Leave one of them.")
        if len(self.faults):
            raise PlanError(f"{path.name} lacks what a plan needs.", cure="", faults=self.faults.frame())

    @property
    def columns(self) -> list[str]:
        """Names of the columns that are read."""
        return [*NAMES, "benefit", *self.costs]

    def read(self) -> Instance:
        """Return the whole as an instance."""
        with told(self.path):
            try:
                return instance(self.batches(), costs=self.costs, faults=self.faults, first_row=self.first_row)
            except pa.ArrowInvalid:
                if not self._csv or len(self._texts) > len(NAMES):
                    raise
                # a word among the numbers: read all as text, so that each of them is listed
                self._texts = self.columns
                return self.read()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows part by part."""
        if not self._csv:
            # no buffer of its own a column: what was read is given back at once
            file = pq.ParquetFile(self.path, memory_map=True, pre_buffer=False)
            yield from file.iter_batches(batch_size=_ROWS, columns=self.columns, use_threads=True)
            return
        numbers = {name: pa.float64() for name in self.columns if name not in self._texts}
        convert = pacsv.ConvertOptions(
            column_types={name: pa.string() for name in self._texts} | numbers,
            include_columns=self.columns,
            strings_can_be_null=False,
            null_values=[""],
        )
        with pacsv.open_csv(self.path, pacsv.ReadOptions(block_size=_BYTES), convert_options=convert) as reader:
            yield from reader

    def rows(self, lines: np.ndarray[Any, Any]) -> pd.DataFrame:
        """Return the rows of the lines (sorted, from 0) as the file has them, names as text."""
        found, begin = [], 0
        for batch in self.batches():
            own = lines[np.searchsorted(lines, begin) : np.searchsorted(lines, begin + batch.num_rows)] - begin
            if len(own):
                found.append(batch.take(pa.array(own)).to_pandas())
            begin += batch.num_rows
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=self.columns)


def budgets(path: Path, *, years: int) -> pd.Series:
    """
    Return the money of each year, named by its year (or 1 … T where the file names none). [NT$]

    Parameters
    ----------
    path
        CSV with a column ``budget`` and, if wanted, ``year``; a single column may do without a heading.
    years
        T, the cost years of the strategies.

    Raises
    ------
    PlanError
        Budgets are not what they must be; with every fault.
    """
    with told(path):
        content = path.read_bytes()
        # a file of nothing has no heading to read
        table = csv_table(content, heading=False) if content.strip() else pd.DataFrame()
    return budget_rows(table, file=path.name, years=years)


def budget_rows(table: pd.DataFrame, *, file: str, years: int) -> pd.Series:
    """
    Return the money of each year from the rows of a table, its heading among them; else as :func:`budgets`.

    Parameters
    ----------
    table
        Rows as text, columns by number.
    file
        Name shown in faults.
    years
        Rows that are asked for.
    """
    faults = FaultList(file)
    heading = [str(v).strip().lower() for v in table.iloc[0]] if len(table) else []
    first_row = 2 if "budget" in heading else 1
    if "budget" in heading:
        table = table.iloc[1:].set_axis(heading, axis=1)
    elif table.shape[1] == 1:
        table = table.set_axis(["budget"], axis=1)
    elif len(table):
        faults.whole("budget", "column", "There is no column budget.", "Name the column of amounts budget.")
        table = table.iloc[1:].assign(budget="0")
    if not len(table):
        faults.whole("budget", "rows", "There are no budgets.", f"Give a row for each of the {years} years.")
        raise PlanError(f"{file} is not what it must be.", cure="", faults=faults.frame())
    money = _amounts(table["budget"].reset_index(drop=True), faults, first_row)
    if len(money) != years:
        faults.whole(
            "budget",
            "years",
            f"{len(money)} budgets for {years} years.",
            f"Give one row for each of {years} years.",
        )
    named = _years(table, faults, first_row) if "year" in table else np.arange(1, len(money) + 1)
    if len(faults):
        raise PlanError(f"{file} is not what it must be.", cure="", faults=faults.frame())
    return pd.Series(money, index=named, name="budget")


def _amounts(given: pd.Series, faults: FaultList, first_row: int) -> np.ndarray[Any, Any]:
    # spreadsheets write 30,000,000 as people read it
    money = pd.to_numeric(given.str.replace(",", ""), errors="coerce").to_numpy(float)
    for rule, wrong, message, cure in (
        ("number", ~np.isfinite(money), "The budget {value} is no number.", "Write an amount in NT$, 0 for none."),
        ("negative", money < 0, "The budget {value} is below 0.", "Write 0 where there is no money."),
    ):
        at = np.flatnonzero(wrong)
        faults.add(at + first_row, "budget", rule, message, cure, [given[n] for n in at[:LISTED]])
    # more than any work costs is no limit
    return np.minimum(money, 1000 * LARGEST)


def _years(table: pd.DataFrame, faults: FaultList, first_row: int) -> np.ndarray[Any, Any]:
    year = pd.to_numeric(table["year"], errors="coerce").to_numpy(float)
    step = np.diff(year, prepend=year[0] - 1)
    at = np.flatnonzero(~(step == 1) | (year != np.floor(year)))
    given = table["year"].reset_index(drop=True)
    faults.add(
        at + first_row, "year", "year", "The year {value} does not follow the one before.",
        "Give the years in turn, each once.", [given[n] for n in at[:LISTED]],
    )  # fmt: skip
    return np.nan_to_num(year).astype(np.int64)


def write_plan(plan: pd.DataFrame, out: Path) -> None:
    """Write a plan, whole or not at all; in a CSV no text can be taken for a formula."""
    kind = table_format(out)
    with whole(out) as part:
        if kind == ".parquet":
            plan.to_parquet(part, index=False)
            return
        shown = plan.assign(**{name: plan[name].map(safe_text) for name in NAMES})
        text = shown.to_csv(index=False, lineterminator="\n").encode()
        # a packed file tells no time of packing: same input, same bytes
        part.write_bytes(gzip.compress(text, mtime=0) if kind == ".csv.gz" else text)


def _heading(path: Path) -> list[str]:
    """Return the names of the columns of a CSV."""
    with pacsv.open_csv(path, pacsv.ReadOptions(block_size=_BYTES)) as reader:
        return list(reader.schema.names)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what a library says of a file that cannot be read into an error with a cure."""
    try:
        yield
    except PavementError:
        raise
    except (OSError, pa.ArrowException, ValueError) as error:
        raise PlanError(
            f"{path.name} cannot be read: {(str(error).splitlines() or [type(error).__name__])[0][:200].rstrip('.')}.",
            cure="Check the name, and that the file is what its ending says; text is best saved in UTF-8.",
        ) from error
