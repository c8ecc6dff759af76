"""The forecast of works that somebody asks about: files of it, of the levels it rests on, and of single futures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.kept_resets import kept_resets
from models.network_plan import drawn_actions, forecast_actions, read_actions
from pavement.errors import ModelError
from pavement.progress import Progress
from pavement.settings import Settings
from pavement.store.database import Store


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a list of works, a number of futures a cell, and the folder to write to."""

    actions: Path | None
    draws: int
    out: Path | None
    neighbours: bool = False


def forecast_plan(store: Store, settings: Settings, wanted: Wanted, *, progress: Progress) -> Iterator[str]:
    """
    Forecast the network under a list of works; yield what was found and written.

    Raises
    ------
    ModelError
        The list cannot be read or does not fit the network, or draws are asked for without a folder.
    """
    if wanted.draws and wanted.out is None:
        raise ModelError("Draws need a folder.", cure="Name one: --out DIR.")
    actions = _actions(wanted.actions)
    progress(0, 2, "forecast")
    frame = forecast_actions(store, actions, settings=settings)
    progress(1, 2, "forecast")
    yield f"Forecast {frame['cell'].nunique():,} cells to {frame['year'].max()} under {len(actions):,} works."
    yield from _means(frame)
    odd = frame.loc[frame["outside"] != "", "cell"].nunique()
    if odd:
        yield f"{odd:,} of the cells lie outside what a model learned from; the column outside says in what."
    if wanted.out is not None:
        wanted.out.mkdir(parents=True, exist_ok=True)
        frame.to_csv(wanted.out / "forecast.csv", index=False)
        kept_resets(store).to_csv(wanted.out / "resets.csv", index=False)
        yield f"Written: {wanted.out / 'forecast.csv'}, {wanted.out / 'resets.csv'}."
        if wanted.draws:
            yield from _draws(store, settings, wanted, actions)
    progress(2, 2, "forecast")


def _actions(file: Path | None) -> pd.DataFrame:
    if file is None:
        return read_actions(pd.DataFrame({"cell": [], "year": [], "treatment": []}, dtype=str), file="")
    try:
        written = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ModelError(
            f"{file.name} cannot be read ({type(error).__name__}).", cure="Give a CSV file in UTF-8."
        ) from error
    return read_actions(written, file=file.name)


def _means(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the mean of each kind in its first and last year, and what the levels after work rest on."""
    for kind, rows in frame.groupby("kind"):
        by = rows.groupby("year")["value"].mean()
        rests = rows.loc[rows["treatment"] != "", "reset"].value_counts()
        said = f"; levels after work {', '.join(sorted(rests.index))}" if len(rests) else ""
        yield f"{kind}: mean {by.iloc[0]:.2f} in {by.index[0]}, {by.iloc[-1]:.2f} in {by.index[-1]}{said}."


def _draws(store: Store, settings: Settings, wanted: Wanted, actions: pd.DataFrame) -> Iterator[str]:
    """Write one Parquet file a kind, part by part, so that a large network needs little memory."""
    folder = wanted.out or Path()
    writers: dict[str, pq.ParquetWriter] = {}
    try:
        parts = drawn_actions(store, actions, settings=settings, n=wanted.draws, neighbours=wanted.neighbours)
        for kind, frame in parts:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            if kind not in writers:
                writers[kind] = pq.ParquetWriter(folder / f"draws-{kind}.parquet", table.schema)
            writers[kind].write_table(table)
    finally:
        for writer in writers.values():
            writer.close()
    for kind in writers:
        yield f"Written: {folder / f'draws-{kind}.parquet'}, {wanted.draws} futures a cell."
