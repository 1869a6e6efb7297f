"""`convoca`: the command line. Nothing heavy is imported before a command runs."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from bot.commands import commitment, meeting
from bot.commands.session import BAD_INPUT, guarded, session

app = typer.Typer(
    help="Convoca carries public dialogues from the convocation to the last fulfilled commitment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(meeting.app, name="meeting", help="Meetings: import a file, convene, cancel, show, export.")
app.add_typer(commitment.app, name="commitment", help="Commitments: import, publish, update, list.")
outbox_app = typer.Typer(help="What the bot owes people.", no_args_is_help=True)
updates_app = typer.Typer(help="Updates that came in.", no_args_is_help=True)
database_app = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(outbox_app, name="outbox")
app.add_typer(updates_app, name="updates")
app.add_typer(database_app, name="db")


@contextmanager
def importing_much() -> Iterator[None]:
    """Look for no garbage in what is imported, neither meanwhile (a fifth of a start) nor ever: all of it stays.

    Rich is not found meanwhile: structlog would load it for tracebacks such as our log never shows.
    """
    gc.disable()
    hidden = sys.modules.setdefault("rich", cast("Any", None)) is None
    try:
        yield
    finally:
        if hidden:
            del sys.modules["rich"]
        gc.freeze()
        gc.enable()


@app.command()
@guarded
def run(
    roles: Annotated[str, typer.Option(help="Which of chat, clock, delivery, portal; commas between.")] = "",
) -> None:
    """Run the bot (without a token: the demo)."""
    with importing_much():
        from bot.running import ROLES, start
        from bot.settings import Settings, SettingsWrong

    chosen = {role.strip() for role in roles.split(",") if role.strip()} or set(ROLES)
    if unknown := sorted(chosen - set(ROLES)):
        raise SettingsWrong(f"--roles: {', '.join(unknown)} is none of {', '.join(ROLES)}")
    settings = Settings.read()
    if settings.is_demo:
        from bot.demo import start_demo

        start_demo(settings)
    else:
        start(settings, frozenset(chosen))


@app.command()
@guarded
def demo() -> None:
    """Run the demo: a local Telegram to try everything in a browser, without a token."""
    with importing_much():
        from bot.demo import start_demo
        from bot.settings import Settings, SettingsWrong

    settings = Settings.read()
    if not settings.is_demo:
        raise SettingsWrong(
            "CONVOCA_BOT_TOKEN is set: the demo only runs without a token, and never on a real database"
        )
    start_demo(settings)


@app.command()
@guarded
def audit(code: Annotated[str, typer.Argument(help="The meeting's code.")]) -> None:
    """Print what was done on a meeting: when, who (organisers by name), what, to what, old and new, and why."""
    from civic import audit as acts
    from civic import trail

    with session() as here:
        done = here.store.read(acts.of_meeting, code)
        names = here.store.read(trail.organisers, {act.actor_id for act in done if act.actor_id})
        for act in done:
            who = f"p{act.actor_id}" if act.actor_id else act.through
            if name := " ".join(names.get(act.actor_id or 0, "").split()):
                who += f" {name}"
            changed = " ".join(f"{word}={value}" for word, value in (("old", act.old), ("new", act.new)) if value)
            because = f"because: {act.because}" if act.because else ""
            typer.echo("\t".join([f"{act.at:%Y-%m-%d %H:%M}Z", who, act.act, act.subject, changed, because]).rstrip())


@outbox_app.command("list")
@guarded
def outbox_list() -> None:
    """List messages that could not be delivered: number, kind, cause, attempts, since when, the reason."""
    from civic import delivery

    with session() as here:
        for row in here.store.read(delivery.dead):
            since = f"{row.settled_at:%Y-%m-%d %H:%M}Z" if row.settled_at else "-"
            typer.echo(f"{row.id}\t{row.kind}\t{row.cause}\t{row.attempts}\t{since}\t{row.reason}")


@outbox_app.command("retry")
@guarded
def outbox_retry(
    ids: Annotated[
        list[int] | None, typer.Argument(min=1, max=2**63 - 1, help="Which; none given: all that are dead.")
    ] = None,
) -> None:
    """Try again to deliver what was given up."""
    from civic import delivery

    with session() as here:
        typer.echo(here.store.write(delivery.retry, ids or None, now=here.now()))


@updates_app.command("failed")
@guarded
def updates_failed() -> None:
    """List updates that failed, with their traces (no names or texts)."""
    from civic import updates

    with session() as here:
        for row in here.store.read(updates.listing):
            state = f"let go {row.let_go_at:%Y-%m-%d %H:%M}Z" if row.let_go_at else "to be tried again"
            typer.echo(f"{row.update_id}\t{row.tries} tries\t{state}\n{row.trace or ''}\n")


@database_app.command("upgrade")
@guarded
def database_upgrade() -> None:
    """Bring the database's schema up to date (every command does)."""
    with session():
        typer.echo("up to date")


@database_app.command("backup")
@guarded
def database_backup(file: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """Write a consistent copy of an SQLite database, beside a running bot."""
    from bot.settings import SettingsWrong

    with session() as here:
        if not here.store.is_sqlite:
            raise SettingsWrong("PostgreSQL has pg_dump for that: this command copies SQLite databases")
        if file.exists():
            raise FileExistsError(None, "is there already: name a new file", str(file))
        here.store.backup(file)


def main() -> None:
    """Enter from the command line; a command typed wrong is one clear line, and exit 2."""
    command = typer.main.get_command(app)
    try:
        code = command.main(standalone_mode=False)
    except typer.exceptions.TyperException as wrong:
        say = getattr(wrong, "format_message", lambda: "")()
        if "\n" in say or not say:  # no arguments at all: the help says more than a line
            typer.echo(say or "stopped", err=True)
        else:
            typer.echo(f"convoca: {say}", err=True)
        code = BAD_INPUT
    sys.exit(code if isinstance(code, int) else 0)
