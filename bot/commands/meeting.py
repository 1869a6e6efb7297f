"""`convoca meeting`: import, list, show, convene, cancel, export."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.session import guarded, session
from civic.errors import Faults, TooLate

if TYPE_CHECKING:
    from bot.commands.session import CommandSession
    from civic.feedback import Summary
    from civic.overview import Overview

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="The meeting's code.", metavar="CODE")]
Late = Annotated[
    str | None,
    typer.Option("--late-because", help="Why it is convened less than 15 days ahead; people read it.", metavar="TEXT"),
]
NUMBERS = {
    "capacity": "places",
    "registered": "with a place",
    "confirmed": "of them confirmed",
    "free": "free",
    "waiting": "waiting",
    "offered": "with an offer",
    "cancelled": "gave it up",
    "seated": "seated in a workshop",
    "attended": "came",
    "no_show": "did not come",
}
REASONS = {
    "no_chat": "no chat of their own",
    "unreachable": "blocked the bot",
    "hushed": "asked for silence (BAJA)",
    "unmet_need": "needs what no workshop of theirs offers",
}


@app.command("import")
@guarded
def import_file(
    file: Annotated[Path, typer.Argument(help="The meeting file (YAML).", metavar="FILE")],
    late_because: Late = None,
) -> None:
    """Make a draft of a meeting file, or update the meeting of its code: who is concerned by a move is told."""
    from civic import imports, meeting_file, overview
    from civic.audit import BY_COMMAND
    from civic.yaml_file import LARGEST

    with file.open("rb") as opened:
        raw = opened.read(LARGEST + 1)
    with session() as here:
        now = here.now()
        parsed, report = meeting_file.parse(raw, file.resolve().parent, now=now, default_zone=here.settings.timezone)
        try:
            done = here.store.write(
                imports.import_meeting, parsed, report, late_because=late_because, actor=BY_COMMAND, now=now
            )
        except TooLate as late:
            raise _too_late(parsed.meeting.code, late) from late
        found = here.store.read(overview.show, parsed.meeting.code, now=now)
        if done.moved:
            _note_calls(here, found)
    line = found.line
    if not (done.new or done.changed):
        typer.echo(f"{line.code}: unchanged")
        return
    typer.echo(
        f"{line.code}: {line.state}, {_counted(line.capacity, 'place')}"
        f" in {_counted(len(found.workshops), 'workshop')},"
        f" starts {line.starts_at:%Y-%m-%d %H:%M} ({found.timezone})"
    )
    if done.changed:
        typer.echo(f"changed: {', '.join(done.changed)}")
    if done.moved:
        typer.echo(f"it moved; {_people(done.told)} being told")
    _warn(found.warnings)
    if done.moved:
        _call(found)


@app.command("list")
@guarded
def list_all() -> None:
    """List all meetings: code, state, start, places taken, title."""
    from civic import overview

    with session() as here:
        for line in here.store.read(overview.listing):
            waiting = f" +{line.waiting} waiting" if line.waiting else ""
            typer.echo(
                f"{line.code}\t{line.state}\t{line.starts_at:%Y-%m-%d %H:%M}\t"
                f"{line.registered}/{line.capacity}{waiting}\t{line.title}"
            )


@app.command()
@guarded
def show(code: Code) -> None:
    """Print what an organiser needs now: numbers, warnings, what is missing, feedback, whom to call."""
    from civic import overview

    with session() as here:
        found = here.store.read(overview.show, code, now=here.now())
        _note_calls(here, found)
        _print(found)


@app.command()
@guarded
def convene(code: Code, late_because: Late = None) -> None:
    """Open a meeting for sign-up; at least 15 days ahead, or with a reason (M4)."""
    from civic import convening
    from civic.audit import BY_COMMAND

    with session() as here:
        try:
            warnings = here.store.write(
                convening.convene, code, late_because=late_because, actor=BY_COMMAND, now=here.now()
            )
        except TooLate as late:
            raise _too_late(code, late) from late
    typer.echo(f"{code}: convened")
    _warn(warnings)


@app.command()
@guarded
def cancel(
    code: Code,
    because: Annotated[str, typer.Option("--because", help="The reason; people read it.", metavar="TEXT")],
) -> None:
    """Cancel a meeting: everyone concerned is told at once, with the reason."""
    from civic import convening, overview
    from civic.audit import BY_COMMAND

    with session() as here:
        owed = here.store.write(convening.cancel, code, because=because, actor=BY_COMMAND, now=here.now())
        found = here.store.read(overview.show, code, now=here.now())
        _note_calls(here, found)
    typer.echo(f"{code}: cancelled; {_people(owed)} being told")
    _call(found)


@app.command()
@guarded
def export(code: Code) -> None:
    """Print everything of a meeting as JSON, without phones."""
    from civic import overview

    with session() as here:
        everything = here.store.read(overview.export, code)
        _note(here, "exported", code, len(everything["registrations"]))
        typer.echo(json.dumps(everything, ensure_ascii=False, indent=2))


def _note_calls(here: "CommandSession", found: "Overview") -> None:
    """Leave a row that people's phones are about to be printed, where there are any to call."""
    if found.to_call:
        _note(here, "call_list", found.line.code, len(found.to_call))


def _note(here: "CommandSession", act: str, code: str, people: int) -> None:
    """Leave a row of a look at people's own data."""
    from civic import audit, meetings
    from civic.audit import BY_COMMAND

    now = here.now()
    here.store.write(lambda s: audit.looked(s, BY_COMMAND, act, meetings.by_code(s, code), people, now=now))


def _too_late(code: str, late: TooLate) -> Faults:
    from civic.convening import DAYS_AHEAD

    line = f"{code}: starts in {late.days} days; people are convened at least {DAYS_AHEAD} ahead (M4)"
    return Faults((f"{line}, or with a reason that they can read (--late-because)",))


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _people(number: int) -> str:
    return "1 person is" if number == 1 else f"{number} people are"


def _print(found: "Overview") -> None:
    line = found.line
    typer.echo(f"{line.title} ({line.code}): {line.state}")
    typer.echo(f"{line.starts_at:%Y-%m-%d %H:%M} to {found.ends_at:%Y-%m-%d %H:%M}, {found.timezone}")
    typer.echo(f"convened by {', '.join(found.conveners)}")
    if found.late_because:
        typer.echo(f"convened late because: {found.late_because}")
    if found.cancelled_because:
        typer.echo(f"cancelled because: {found.cancelled_because}")
    typer.echo("\nNumbers")
    for name, number in found.numbers.items():
        typer.echo(f"  {number:>6}  {NUMBERS[name]}")
    typer.echo("\nWorkshops")
    for number, what, seated, capacity in found.workshops:
        typer.echo(f"  {number:>6}  {seated}/{capacity} seated{f'  {what}' if what else ''}")
    for title, lines in (("Warnings", found.warnings), ("Missing", found.missing)):
        if lines:
            typer.echo(f"\n{title}")
            for each in lines:
                typer.echo(f"  {each}")
    _feedback(found)
    _call(found)


def _feedback(found: "Overview") -> None:
    """Print what people answered after the meeting: counts, means and comments, once there are enough."""
    from civic.columns import in_language

    if found.feedback:
        typer.echo("\nFeedback")
    for each in found.feedback:
        line = f"  {in_language(each.text, 'es') or each.slug}: {each.answers} answers"
        if each.mean is not None:
            line += f", mean {each.mean:.1f} of 5"
        if each.counts:
            counts = (f"{_option(each, value)}: {count}" for value, count in each.counts.items())
            line += f" ({', '.join(counts)})"
        typer.echo(line)
        for comment in each.comments:
            typer.echo(f"    - {' '.join(comment.split())}")


def _option(summary: "Summary", value: str) -> str:
    """Name an answer: a choice is kept as its option's number, from 0."""
    from civic.columns import in_language

    if summary.kind == "choice" and value.isdecimal() and int(value) < len(summary.options):
        return in_language(summary.options[int(value)], "es")
    return value


def _call(found: "Overview") -> None:
    """Print whom no message reaches."""
    if not found.to_call:
        return
    typer.echo("\nTo call")
    for each in found.to_call:
        phone = each.phone or "no phone known"
        why = REASONS[each.why] + (f": {', '.join(each.needs)}" if each.needs else "")
        why += f"; told through {each.told}" if each.told else ""
        typer.echo(f"  {each.name or '(no name)'}\t{phone}\t{each.state}\t{each.code or ''}\t{why}")


def _warn(warnings: tuple[str, ...] | list[str]) -> None:
    for warning in warnings:
        typer.echo(f"warning: {warning}")
