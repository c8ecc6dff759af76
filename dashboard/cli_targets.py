"""The targets of the forecast on the command line: which there are, and which are meant."""

from __future__ import annotations

import typer

TARGET_HELP = "A target of targets.csv such as iri or pci; list names them"
_LIST, _ALL = "list", "all"


def asked_targets(target: str) -> tuple[str, ...]:
    """Return the targets that a word means: its own, or every one for all; ``list`` prints them and ends."""
    from models.targets import TARGETS

    return TARGETS if target == _ALL else (known_target(target),)


def known_target(target: str) -> str:
    """Return a target that ``targets.csv`` has, or say which it has."""
    from models.targets import TARGETS

    if target == _LIST:
        for line in target_lines():
            typer.echo(line)
        raise typer.Exit
    if target not in TARGETS:
        raise typer.BadParameter(f"--target {target!r}: write one of {', '.join(TARGETS)}.")
    return target


def target_lines() -> list[str]:
    """Return a line a target: its name, labels in both languages, unit and direction of damage."""
    from models.targets import all_targets
    from pavement.schema import measures

    kinds = measures()
    words = {1: "more is worse", -1: "less is worse"}
    return [
        f"{name:<14} {kinds.loc[name, 'en']} / {kinds.loc[name, 'zh']} [{kinds.loc[name, 'unit']}], {words[own.sign]}"
        for name, own in all_targets().items()
    ]
