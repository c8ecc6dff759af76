"""Every error the product raises on purpose, and the record of one fault in a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FAULT_COLUMNS = ("file", "row", "column", "value", "rule", "message", "cure")


class PavementError(ValueError):
    """
    A request that cannot be carried out as it stands.

    Parameters
    ----------
    message
        What was found, and where.
    cure
        What the reader can do about it.
    faults
        Frame with the columns of :data:`FAULT_COLUMNS` when a whole file is refused.
    """

    def __init__(self, message: str, *, cure: str = "", faults: pd.DataFrame | None = None) -> None:
        super().__init__(f"{message} {cure}".strip())
        self.message = message
        self.cure = cure
        self.faults = no_faults() if faults is None else faults


class SettingsError(PavementError):
    """A setting is unknown or has a value it cannot have."""


class UnitError(PavementError):
    """A unit is unknown or does not fit the quantity."""


class SchemaError(PavementError):
    """A table lacks columns or cannot be read as the table it says it is."""


class LocationError(PavementError):
    """A place is not on the network, or is ambiguous."""


class SurveyError(PavementError):
    """A survey file cannot be used as it is."""


class ManifestError(SurveyError):
    """The manifest of a package is missing, unreadable or incomplete."""


class PackageError(SurveyError):
    """A package is unsafe, damaged or not what its manifest says."""


class ImageError(SurveyError):
    """An image cannot be decoded, or is not the camera's."""


class StoreError(PavementError):
    """The store refuses a write or cannot be opened."""


class ModelError(PavementError):
    """A model is damaged, does not fit its input, or cannot be trained."""


class PlanError(PavementError):
    """A plan cannot be made from its inputs."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one record: what, where, which rule, and the cure."""

    file: str
    row: int | None
    column: str
    value: str
    rule: str
    message: str
    cure: str


def fault_frame(faults: list[Fault]) -> pd.DataFrame:
    """Return faults as a frame, one row each, columns as :data:`FAULT_COLUMNS`."""
    # a verb that says no more than its help needs no frames
    import pandas as pd

    frame = pd.DataFrame([asdict(f) for f in faults], columns=list(FAULT_COLUMNS))
    return frame.astype({"row": "Int64"})


def no_faults() -> pd.DataFrame:
    """Return an empty frame of faults."""
    return fault_frame([])


class Cancelled(Exception):  # noqa: N818
    """Raised by a progress callback to stop long work; nothing has been published."""
