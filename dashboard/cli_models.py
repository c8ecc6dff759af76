"""Verbs about models: which there are, what each rests on, which forecasts, and how to go back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_common import Language, User, opened

if TYPE_CHECKING:
    from models.promotion import Review

models_app = typer.Typer(help="Registered models: what is kept of them, and in what they differ.", no_args_is_help=True)
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_Reason = Annotated[str, typer.Option(help="Why; kept in the audit.")]
_Replaces = Annotated[
    str | None, typer.Option(help="Live model that you saw ('' for none): if another one is live, nothing changes.")
]
_LISTED = ("model", "target", "live", "created_at", "created_by", "data_version", "promoted_by", "reason")


def add_models(app: typer.Typer) -> None:
    """Add the group ``models`` and the verbs ``promote`` and ``rollback``."""
    app.add_typer(models_app, name="models")
    app.command()(promote)
    app.command()(rollback)


@models_app.command("list")
def models_list(
    target: Annotated[str, typer.Option(help="Only models of this measure.")] = "", as_json: _Json = False
) -> None:
    """List registered models, newest first, and which of them forecast."""
    from pavement.store import registry

    with opened() as (store, _):
        frame = registry.versions(store, target or None)[list(_LISTED)]
        filled = frame.astype(object).where(frame.notna(), "")
        if as_json:
            typer.echo(json.dumps(filled.to_dict("records"), ensure_ascii=False, indent=1))
        else:
            typer.echo(filled.to_string(index=False) if len(filled) else "No model is registered.")


@models_app.command("show")
def models_show(model: str, as_json: _Json = False, language: Language = "zh_TW") -> None:
    """Show what is kept of a model, after checking its hash, signature and golden forecasts; 1 if one is refused."""
    from dashboard.fault_words import fault_words
    from dashboard.model_words import card_lines, card_of

    with opened() as (store, _):
        held = card_of(store, model)
        if as_json:
            typer.echo(json.dumps(held, ensure_ascii=False, indent=1, default=str))
        else:
            told = held | {"why": fault_words(held["why"], language=language)}
            typer.echo("\n".join(card_lines(told, language=language)))
    if not held["whole"]:
        raise typer.Exit(1)


@models_app.command("compare")
def models_compare(mine: str, other: str, language: Language = "zh_TW") -> None:
    """Tell in what two models differ: data, test places, settings, parameters, seed, libraries."""
    from dashboard.model_words import difference_lines

    with opened() as (store, _):
        typer.echo("\n".join(difference_lines(store, mine, other, language=language)))


@models_app.command("beside")
def models_beside(model: str, as_json: _Json = False, language: Language = "zh_TW") -> None:
    """Put a candidate beside the live model on the test places; nothing is changed."""
    from models.promotion import review
    from pavement.store.runs import data_version

    with opened() as (store, settings):
        found = review(store, model, settings=settings)
        if as_json:
            typer.echo(json.dumps(found.kept(data_version(store)), ensure_ascii=False, indent=1, default=str))
        else:
            typer.echo("\n".join(_beside(found, language)))


def promote(
    target: str,
    model: str,
    reason: _Reason,
    confirm_worse: Annotated[
        bool, typer.Option("--confirm-worse", help="Go live even if it forecasts worse than the live model.")
    ] = False,
    replaces: _Replaces = None,
    language: Language = "zh_TW",
    user: User = "cli",
) -> None:
    """Put a registered model beside the live one on the test places, and make it the live one of its measure."""
    from models.promotion import promote as promote_one
    from models.promotion import review
    from pavement.errors import StoreError
    from pavement.store import registry

    with opened() as (store, settings):
        if (own := registry.version(store, model).target) != target:
            raise StoreError(f"{model} is a model of {own}, not of {target}.")
        seen = review(store, model, settings=settings)
        typer.echo("\n".join(_beside(seen, language)))
        promote_one(
            store,
            model,
            user=user,
            reason=reason,
            settings=settings,
            confirm_worse=confirm_worse,
            seen=seen,
            replaces=replaces,
        )
        typer.echo(f"{model} is now the live model of {target}.")


def rollback(target: str, reason: _Reason, replaces: _Replaces = None, user: User = "cli") -> None:
    """Make the model live again that was live before; again goes further back."""
    from pavement.store import registry

    with opened() as (store, _):
        model = registry.rollback(store, target, user=user, reason=reason, replaces=replaces)
        typer.echo(f"{model} is the live model of {target} again.")


def _beside(found: Review, language: str) -> list[str]:
    from dashboard.model_words import comparison, notes

    rows = comparison(found, language=language).to_dict("records")
    told = ["; ".join(f"{head}: {text}" for head, text in row.items()) for row in rows]
    return [*told, *notes(found, language=language)]
