"""Verbs about the people who may sign in; passwords are asked for or read from a pipe, never given as an argument."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dashboard.cli_common import User, opened
from pavement.errors import StoreError

users_app = typer.Typer(help="People who may sign in.", no_args_is_help=True)
Piped = Annotated[bool, typer.Option("--password-stdin", help="Read the password from the first line of the input.")]
Role = Annotated[str, typer.Option(help="viewer, planner, data or admin.")]


def asked_password(*, piped: bool) -> str:
    """Return a password that no process list shows: asked for twice on a terminal, or the first line of a pipe."""
    if piped:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise StoreError("There is no terminal to ask for the password on.", cure="Use --password-stdin and a pipe.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@users_app.command("add")
def users_add(name: str, role: Role = "viewer", password_stdin: Piped = False, user: User = "cli") -> None:
    """Add a person; the password is asked for."""
    from pavement.store import users

    with opened() as (store, _):
        users.add(store, name, password=asked_password(piped=password_stdin), role=role, by=user)
        typer.echo(f"{name} may sign in as {role}.")


@users_app.command("password")
def users_password(name: str, password_stdin: Piped = False, user: User = "cli") -> None:
    """Give a person a new password; their open sessions end."""
    from pavement.store import users

    with opened() as (store, _):
        users.set_password(store, name, password=asked_password(piped=password_stdin), by=user)
        typer.echo(f"{name} signs in with the new password from now on.")


@users_app.command("role")
def users_role(
    name: str, role: Annotated[str, typer.Argument(help="viewer, planner, data or admin.")], user: User = "cli"
) -> None:
    """Give a person another role; their open sessions end."""
    from pavement.store import users

    with opened() as (store, _):
        users.set_role(store, name, role=role, by=user)
        typer.echo(f"{name} signs in as {role} from now on.")


@users_app.command("disable")
def users_disable(name: str, user: User = "cli") -> None:
    """Keep a person out; their open sessions end."""
    from pavement.store import users

    with opened() as (store, _):
        users.set_active(store, name, active=False, by=user)
        typer.echo(f"{name} can no longer sign in.")


@users_app.command("enable")
def users_enable(name: str, user: User = "cli") -> None:
    """Let a person in again."""
    from pavement.store import users

    with opened() as (store, _):
        users.set_active(store, name, active=True, by=user)
        typer.echo(f"{name} may sign in again.")


@users_app.command("list")
def users_list() -> None:
    """List people and roles."""
    from pavement.store import users

    with opened() as (store, _):
        typer.echo(users.listing(store).to_string(index=False))
