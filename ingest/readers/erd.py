"""ERD files of the University of Michigan: profiles as channels, a text header before text or beside binary numbers."""

from __future__ import annotations

import csv
import io
import math
import re
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.columns import unit_of
from ingest.package import shown
from pavement.errors import Fault, SurveyError, UnitError
from pavement.units import convert

MAGIC = b"ERDFILEV"
# KEYNUM of the header: how numbers are written
_TEXT, _BINARY = 5, 1
_WIDTHS = {"SHORTNAM": 8, "UNITSNAM": 8, "LONGNAME": 32, "LONGNAM": 32}
_HEADER_LINES = 1000
_CHANNELS = 200
# no height in any unit is larger: bytes in the wrong order are
_FAR = 1e12
_DECIMAL_COMMA = re.compile(rb"(^|\s)[+-]?\d*,\d+(\s|$)")


@dataclass(frozen=True)
class ErdHeader:
    """
    What the header of an ERD file says.

    Attributes
    ----------
    channels, samples
        Their numbers; samples is below 0 where the header does not say.
    coding
        KEYNUM: 5 text in free format, 1 binary 32-bit floats in a file of their own.
    step
        Distance of samples, in `step_unit`, which is empty where the header does not say.
    names, units
        One a channel, empty where not given.
    lines
        Lines of the header with its ``END``.
    body
        Where the numbers begin. [byte]
    """

    channels: int
    samples: int
    coding: int
    step: float
    step_unit: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    lines: int
    body: int


@dataclass(frozen=True)
class ErdProfile:
    """Channels of an ERD file: header, numbers (samples, channels) in the units it names, row in the file of each."""

    header: ErdHeader
    numbers: NDArray[np.float64]
    rows: NDArray[np.int64]
    faults: list[Fault]

    def spacing(self, *, unit: str = "") -> float:
        """
        Return the distance of samples. [m]

        Parameters
        ----------
        unit
            Unit that the manifest says.

        Raises
        ------
        UnitError
            Neither says a unit, they contradict each other, or it is no length.
        """
        found = agreed_unit(self.header.step_unit, unit, of="XUNITS of the step")
        return float(convert(self.header.step, source=found, target="m"))


def agreed_unit(written: str, said: str, *, of: str) -> str:
    """
    Return the unit that a file or the manifest names, which must not contradict each other.

    Raises
    ------
    UnitError
        No unit, one that is not known, or two.
    """
    own = unit_of(written) if written else None
    if written and own is None:
        raise UnitError(f"{of}: {shown(written)!r} is not a known unit.", cure="See pavement/tables/units.csv.")
    if own and said and own != said:
        raise UnitError(f"{of}: the file says {own}, the manifest says {said}.", cure="Correct one of them.")
    if not (own or said):
        raise UnitError(f"{of} is not written in the file.", cure='Say it: units = { elevation_left = "mm" }.')
    return str(own or said)


def erd_profile(content: bytes, *, binary: bytes | None, name: str, byte_order: str = "little") -> ErdProfile:
    """
    Return what an ERD file holds.

    Parameters
    ----------
    content
        The file with the header.
    binary
        The file ``.bin`` beside it, where numbers are binary.
    name
        Name shown in messages.
    byte_order
        ``little`` or ``big``, of binary numbers.

    Raises
    ------
    SurveyError
        It is no ERD file, its header is incomplete, or its numbers are written in a way that is not known.

    References
    ----------
    .. [1] UMTRI, "The ERD File Specification": header, text numbers in the same file, binary ones in a file of the same
       name with ``.bin``. Names of the second line and the codes 5 and 1 from memory: to confirm.
    """
    header = _header(content, name=name)
    if header.coding == _TEXT:
        values, rows, faults = _text_numbers(content[header.body :], header, name=name)
    elif header.coding == _BINARY:
        values, faults = _binary_numbers(binary, header, name=name, byte_order=byte_order)
        rows = np.arange(1, len(values) + 1, dtype=np.int64)
    else:
        raise SurveyError(
            f"{name}: numbers of kind {header.coding} (KEYNUM) are not read.",
            cure="Export it with numbers as text (5) or 32-bit floats (1).",
        )
    if 0 <= header.samples != len(values):
        message = f"{name}: the header says {header.samples} samples, the file has {len(values)}."
        cure = "Export it again if it was cut off; what is there was read."
        faults = [*faults, Fault(name, None, "", str(len(values)), "samples", message, cure)]
    return ErdProfile(header, values, rows, faults)


def _header(content: bytes, *, name: str) -> ErdHeader:
    lines, body = _header_lines(content, name=name)
    if len(lines) < 2:
        raise _broken(name, "has no second line", "It says channels, samples and step.")
    channels, samples, numbers, step = _second_line(lines[1], name=name)
    said: dict[str, str] = {}
    last = ""
    for line in lines[2:]:
        key = line[:8].strip().upper()
        # a line that begins with & goes on with the one before
        last = last if key.startswith("&") else key
        said[last] = said.get(last, "") + line[8:].rstrip("\r\n") if last in said else line[8:].rstrip("\r\n")
    names = _fields(said, ("SHORTNAM", "LONGNAME", "LONGNAM"), channels)
    units = _fields(said, ("UNITSNAM",), channels)
    return ErdHeader(
        channels, samples, numbers, step, said.get("XUNITS", "").strip(), names, units, len(lines) + 1, body
    )


def _header_lines(content: bytes, *, name: str) -> tuple[list[str], int]:
    """Return the lines of the header without its END, and where the numbers begin."""
    if not content.lstrip(b"\xef\xbb\xbf").startswith(MAGIC):
        raise _broken(name, "does not begin with ERDFILEV", 'If it is a table, say options = { format = "table" }.')
    lines: list[str] = []
    stream = io.BytesIO(content)
    for raw in stream:
        line = raw.decode("latin-1").rstrip("\r\n")
        if line.strip() == "END":
            return lines, stream.tell()
        lines.append(line)
        if len(lines) > _HEADER_LINES:
            break
    raise _broken(name, "has a header without END", "Export it again; it is damaged.")


def _second_line(line: str, *, name: str) -> tuple[int, int, int, float]:
    fields = [f.strip() for f in line.split(",")]
    try:
        channels, samples, numbers = int(fields[0]), int(fields[1]), int(fields[4])
        step = float(fields[5])
    except (ValueError, IndexError) as error:
        raise _broken(
            name, f"has the second line {shown(line)!r}", "It needs channels, samples, …, KEYNUM and step."
        ) from error
    if not (0 < channels <= _CHANNELS and math.isfinite(step) and step > 0):
        raise _broken(name, f"says {channels} channels every {step:g}", "Export it again; its header is damaged.")
    return channels, samples, numbers, step


def _fields(said: dict[str, str], keys: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Return the fields of the first key that is there, which stand side by side without a sign between them."""
    key = next((k for k in keys if k in said), "")
    wide, text = _WIDTHS.get(key, 8), said.get(key, "")
    return tuple(text[at * wide : (at + 1) * wide].strip() for at in range(count))


def _broken(name: str, what: str, cure: str) -> SurveyError:
    return SurveyError(f"{name} {what}: it cannot be read as ERD.", cure=cure)


def _text_numbers(
    body: bytes, header: ErdHeader, *, name: str
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[Fault]]:
    # blank lines before the first and behind the last sample are none; one between them is a sample that was lost
    plain = body.lstrip(b" \t\r\n")
    before = body[: len(body) - len(plain)].count(b"\n")
    body = plain.rstrip()
    first = body[: body.find(b"\n")] if b"\n" in body else body
    if b"," in first:
        body = body.replace(b",", b"." if _DECIMAL_COMMA.search(first) and b"." not in first else b" ")
    frame = _fields_of_lines(body, header.channels + 1, name=name)
    if frame.empty:
        raise SurveyError(f"{name}: its numbers cannot be read: there are none.", cure="Export it again.")
    values = frame.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    wrong = ~np.isfinite(values[:, :-1]).all(axis=1) | frame[header.channels].notna().to_numpy()
    rows = np.arange(1, 1 + len(frame), dtype=np.int64) + header.lines + before
    values = np.where(wrong[:, None], np.nan, values[:, :-1])
    faults = []
    if wrong.any():
        at = int(rows[np.argmax(wrong)])
        message = f"{name}: rows without {header.channels} numbers: {int(wrong.sum())}; the first is row {at}."
        faults.append(Fault(name, at, "", "", "fields", message, "Those samples count as missing; nothing is bridged."))
    return values, rows, faults


def _fields_of_lines(body: bytes, columns: int, *, name: str) -> pd.DataFrame:
    """Return the fields of each line, one column more than there are channels to show lines that are too long."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.BytesIO(body),
                sep=r"\s+",
                header=None,
                names=list(range(columns)),
                index_col=False,
                skip_blank_lines=False,
                quoting=csv.QUOTE_NONE,
                encoding="latin-1",
                low_memory=False,
            )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pd.errors.ParserWarning, ValueError) as error:
        cure = f"Export it again with {columns - 1} numbers in each row."
        raise SurveyError(f"{name}: its numbers cannot be read ({error}).", cure=cure) from error


def _binary_numbers(
    binary: bytes | None, header: ErdHeader, *, name: str, byte_order: str
) -> tuple[NDArray[np.float64], list[Fault]]:
    if binary is None:
        raise SurveyError(
            f"{name}: its numbers are binary, in a file of their own.",
            cure='Name it in the manifest: binary = "….bin".',
        )
    if byte_order not in ("little", "big"):
        raise SurveyError(f"{name}: byte_order = {shown(byte_order)!r} is not known.", cure="Use little or big.")
    wide = 4 * header.channels
    whole = len(binary) // wide
    flat = np.frombuffer(binary[: whole * wide], dtype="<f4" if byte_order == "little" else ">f4")
    with np.errstate(invalid="ignore"):
        values = flat.reshape(whole, header.channels).astype(float)
        strange = ~np.isfinite(values) | (np.abs(values) > _FAR)
    if strange.any():
        raise SurveyError(
            f"{name}: {int(strange.sum())} of {values.size} binary numbers are no heights.",
            cure='Say options = { byte_order = "big" } if it was written so, or export it as text.',
        )
    if not len(binary) % wide:
        return values, []
    message = f"{name}: the binary file ends within a sample."
    return values, [Fault(name, None, "", "", "samples", message, "Copy it again; it was cut off.")]
