"""Made counts of toll gantries: five-minute volumes by class in the files of the traffic archive (TDCS M03A)."""

from __future__ import annotations

import datetime as dt
import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sample_data.manifest import survey_of, write_manifest

CLASSES = ("31", "32", "41", "42", "5")
SLOTS = 288
# vehicles of each class in five minutes of an average day at an average gantry
_MEAN = (75.0, 16.0, 2.0, 5.0, 6.0)
# share of a weekday's volume on Monday to Sunday, light and heavy
_WEEK = ((1.0, 0.97, 0.98, 1.0, 1.15, 1.1, 1.05), (1.0, 1.05, 1.05, 1.05, 1.0, 0.7, 0.45))


def volumes(day: dt.date, gantries: Sequence[str], *, seed: int) -> NDArray[np.int64]:
    """Return the vehicles of a day, shape (288, gantries, 5 classes); the same for the same day and seed. [veh]"""
    size = np.random.default_rng(seed).lognormal(0.0, 0.4, (1, len(gantries), 1))
    hour = np.arange(SLOTS) / 12
    light = 0.35 + np.exp(-((hour - 8) ** 2) / 8) + np.exp(-((hour - 17.5) ** 2) / 10)
    heavy = 0.6 + np.exp(-((hour - 11) ** 2) / 40)
    shape = np.stack([light, light, heavy, heavy, heavy], axis=1) / np.array([light.mean()] * 2 + [heavy.mean()] * 3)
    week = np.array([_WEEK[0][day.weekday()]] * 2 + [_WEEK[1][day.weekday()]] * 3)
    rng = np.random.default_rng([seed, day.toordinal()])
    return rng.poisson(shape[:, None, :] * week * np.array(_MEAN) * size)


def slot_files(day: dt.date, gantries: Sequence[str], counts: NDArray[np.int64], *, slash: bool) -> dict[str, bytes]:
    """Return the 288 files of a day by name, times written with slashes or hyphens."""
    sign = "/" if slash else "-"
    date = f"{day.year}{sign}{day:%m}{sign}{day:%d}"
    tails = [f",{g},{g[-1]},{c}," for g in gantries for c in CLASSES]
    files = {}
    for slot in range(SLOTS):
        clock = f"{slot // 12:02d}:{slot % 12 * 5:02d}"
        lines = [f"{date} {clock}{t}{n}\n" for t, n in zip(tails, counts[slot].ravel().tolist(), strict=True)]
        name = f"M03A/{day:%Y%m%d}/{slot // 12:02d}/TDCS_M03A_{day:%Y%m%d}_{clock.replace(':', '')}00.csv"
        files[name] = "".join(lines).encode()
    return files


def write_archive(path: Path, files: dict[str, bytes]) -> Path:
    """Write the daily archive of some files, as the bureau packs them."""
    with tarfile.open(path, "w:gz", compresslevel=6) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def write_counts(folder: Path, gantries: Sequence[str], *, first: dt.date, days: int, seed: int) -> Path:
    """Write a package of made daily archives from a day on."""
    folder.mkdir(parents=True, exist_ok=True)
    for day in (first + dt.timedelta(days=n) for n in range(days)):
        files = slot_files(day, gantries, volumes(day, gantries, seed=seed), slash=day.day % 2 == 0)
        write_archive(folder / f"M03A_{day:%Y%m%d}.tar.gz", files)
    survey = survey_of(
        f"tdcs-{first:%Y-%m}", "門架交通量（虛構） Made gantry counts", on=first, days=days, vehicle="TDCS"
    )
    write_manifest(folder, survey=survey, data=[{"kind": "tdcs", "files": "M03A_*.tar.gz"}])
    return folder


def expected_days(gantries: Sequence[str], *, first: dt.date, days: int, seed: int) -> pd.DataFrame:
    """Return the true volumes by gantry, day and class of what :func:`write_counts` writes. [veh]"""
    parts = []
    for day in (first + dt.timedelta(days=n) for n in range(days)):
        total = volumes(day, gantries, seed=seed).sum(axis=0)
        frame = pd.DataFrame(total, columns=list(CLASSES)).assign(counter=list(gantries), day=pd.Timestamp(day))
        parts.append(frame.melt(["counter", "day"], list(CLASSES), "vehicle_class", "volume"))
    return pd.concat(parts, ignore_index=True)
