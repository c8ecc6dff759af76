"""What the manifest says of its files against what was received."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ingest.manifest import Data, Manifest
from ingest.package import MANIFEST, Package, PackageFile, shown
from pavement.errors import Fault

_GLOBBED = ("files", "photos", "images")


@dataclass(frozen=True)
class Contents:
    """The usable files of each data entry by role, whether all are hashed, and what is wrong with the others."""

    files: tuple[dict[str, list[PackageFile]], ...]
    verified: tuple[bool, ...]
    faults: list[Fault]


def contents(package: Package, manifest: Manifest) -> Contents:
    """
    Return the files of each data entry that are there and are what the manifest says.

    Missing (F3), unreadable (F14), empty (F1) and altered files (F5) are left out and listed; files that no entry
    names are listed as strays (F4).
    """
    faults: list[Fault] = []
    bad = _altered(package, manifest, faults) | _empty(package, faults)
    entries, verified, named = [], [], {MANIFEST}
    for data in manifest.data:
        found = {role: package.matching(pattern) for role, pattern in data.files.items()}
        named |= {f.name for files in found.values() for f in files}
        _missing(package, data, found, faults)
        entries.append({role: [f for f in files if f.name not in bad] for role, files in found.items()})
        verified.append(all(f.name in manifest.sha256 for files in found.values() for f in files))
    for name in sorted(set(manifest.sha256) - set(package.files) - set(package.unreadable)):
        if not any(f.value == name and f.rule == "missing" for f in faults):
            faults.append(_fault(name, "missing", "has a sha256 in the manifest but is not in the package."))
    for name in sorted(set(package.files) - named - set(manifest.sha256)):
        faults.append(
            _fault(name, "stray", "is not named in the manifest and was ignored.", "Name it or leave it out.")
        )
    return Contents(tuple(entries), tuple(verified), faults)


def _fault(name: str, rule: str, text: str, cure: str = "Send a complete package again.") -> Fault:
    return Fault(shown(name), None, "", shown(name), rule, f"{shown(name)} {text}", cure)


def _altered(package: Package, manifest: Manifest, faults: list[Fault]) -> set[str]:
    bad = set()
    for name, said in sorted(manifest.sha256.items()):
        file = package.files.get(name)
        if file is not None and file.sha256 != said:
            text = f"has sha256 {file.sha256}; the manifest says {said}. The file was refused."
            faults.append(
                _fault(name, "sha256", text, "Send the file again, or correct the manifest if it was edited.")
            )
            bad.add(name)
    return bad


def _empty(package: Package, faults: list[Fault]) -> set[str]:
    empty = {f.name for f in package.files.values() if f.size == 0}
    faults.extend(_fault(name, "empty", "is empty.") for name in sorted(empty))
    return empty


def _missing(package: Package, data: Data, found: dict[str, list[PackageFile]], faults: list[Fault]) -> None:
    for role, pattern in data.files.items():
        hidden = {n: why for n, why in package.unreadable.items() if n == pattern}
        for name, why in hidden.items():
            faults.append(_fault(name, "unreadable", f"could not be read ({why}).", "Check its permissions."))
        if not found[role] and not hidden:
            what = "matches no file" if role in _GLOBBED else "is missing"
            faults.append(_fault(pattern, "missing", f"({role} of a {data.kind} entry) {what} in the package."))


def run_id(package: Package, manifest: Manifest, *, reader: str, settings: dict[str, str]) -> str:
    """
    Return the id of the run that a package makes: sha256 of its files, the reader's version and settings.

    Only files that the manifest names count, so that renaming, re-zipping or a stray file changes nothing (F17).
    """
    named = {MANIFEST, *manifest.sha256}
    named |= {f.name for d in manifest.data for pattern in d.files.values() for f in package.matching(pattern)}
    lines = sorted(f"{package.files[n].sha256} {n}" for n in named if n in package.files)
    lines += [f"reader {reader}", *(f"{key} {value}" for key, value in sorted(settings.items()))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
