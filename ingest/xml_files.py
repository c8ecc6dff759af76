"""XML read without what makes it dangerous: no document types, no entities, no size without a limit (T13)."""

from __future__ import annotations

import zlib
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from pavement.errors import PackageError, SurveyError

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20


def xml_root(path: Path, *, name: str, limit: int) -> Element:
    """
    Return the root of an XML file, packed by gzip or not, with the names of its elements without namespace.

    Parameters
    ----------
    path
        The file.
    name
        Name shown in messages.
    limit
        Largest size after unpacking. [byte]

    Raises
    ------
    PackageError
        It declares a document type or entities, or is larger than the limit (T13).
    SurveyError
        It is no XML, or is damaged.
    """
    content = _unpacked(path, name=name, limit=limit)
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise PackageError(
            f"{name} declares a document type or entities.", cure="Export it again without; data need none."
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise SurveyError(f"{name} cannot be read as XML ({error}).", cure="Export it again; it is damaged.") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _unpacked(path: Path, *, name: str, limit: int) -> bytes:
    if path.stat().st_size > limit:
        raise _large(name, limit)
    content = path.read_bytes()
    if not content.startswith(_GZIP):
        return content
    parts: list[bytes] = []
    size = 0
    try:
        while content:
            # a file may hold several packed pieces one behind the other
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof:
                part = stream.decompress(content, _CHUNK)
                content = stream.unconsumed_tail
                size += len(part)
                parts.append(part)
                if size > limit:
                    raise _large(name, limit)
                if not part and not content and not stream.eof:
                    raise SurveyError(f"{name} ends too early.", cure="Copy it again; it was cut off.")
            content = stream.unused_data
    except zlib.error as error:
        raise SurveyError(f"{name} cannot be unpacked ({error}).", cure="Copy it again; it is damaged.") from error
    return b"".join(parts)


def _large(name: str, limit: int) -> PackageError:
    return PackageError(
        f"{name} is larger than {limit:,} bytes.", cure="Split it by section, or raise xml_size in formats/limits.csv."
    )
