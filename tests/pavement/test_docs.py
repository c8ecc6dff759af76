"""The pages made from tables and code stand as they are made."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPEC = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
assert SPEC is not None
assert SPEC.loader is not None
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("settings.md", reference.settings_page),
        ("data_dictionary.md", reference.dictionary_page),
        ("command_line.md", reference.command_page),
        ("imagery.md", reference.imagery_page),
    ],
)
def test_page_is_as_made(page: str, made) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == made(), f"docs/{page} is out of date: run `make docs`"
