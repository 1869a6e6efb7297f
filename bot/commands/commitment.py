"""`convoca commitment`: import a file, list, publish (M13), update (M14)."""

import mimetypes
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands.session import guarded, session

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="MEETING", help="The meeting's code.")]


@app.command("import")
@guarded
def import_(file: Annotated[Path, typer.Argument(metavar="FILE", help="A commitment file (YAML).")]) -> None:
    """Write a file's commitments down as drafts; drafts change, published ones only by an update."""
    from civic import commitments
    from civic.audit import BY_COMMAND
    from civic.commitment_file import read

    parsed = read(_read(file, 1_000_000, "the file"))
    with session() as here:
        done = here.store.write(commitments.import_commitments, parsed, actor=BY_COMMAND, now=here.now())
    for word, slugs in (("new", done.created), ("changed", done.changed), ("as it was", done.unchanged)):
        for slug in slugs:
            typer.echo(f"{slug}: {word}")


@app.command("list")
@guarded
def list_(meeting: Code) -> None:
    """List a meeting's commitments, drafts too: id, state, status, progress, due date, text."""
    from civic import commitments, public_record
    from civic.columns import in_language

    with session() as here:
        for line in here.store.read(public_record.listing, meeting):
            standing = line.status or "-"
            if line.progress is not None:
                standing += f" {line.progress} %"
            due = line.due_on.isoformat() if line.due_on else "no due date"
            typer.echo("\t".join((line.slug, line.state, standing, due, in_language(line.text, "es"))))
            if line.state == "draft":
                for lack in commitments.lacks(line.row):
                    typer.echo(f"  {lack}")


@app.command()
@guarded
def publish(
    meeting: Code,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID …]", help="Which; all drafts by default.")] = None,
) -> None:
    """Publish commitments and tell whoever follows; refused without a responsible, a due date or an indicator."""
    from civic import commitments
    from civic.audit import BY_COMMAND

    with session() as here:
        now = here.now()
        done = here.store.write(commitments.publish, meeting, ids or None, actor=BY_COMMAND, now=now)
        told = [here.store.read(commitments.people_told, each) for each in done]
    for each, people in zip(done, told, strict=True):
        typer.echo(f"{each.slug}: published, {_told(people, each.due_at - now)}")


@app.command()
@guarded
def update(
    meeting: Code,
    slug: Annotated[str, typer.Argument(metavar="ID", help="The commitment's id in its meeting.")],
    *,
    status: Annotated[
        str | None, typer.Option(help="not_started, in_progress, fulfilled, partly_fulfilled, not_fulfilled.")
    ] = None,
    progress: Annotated[int | None, typer.Option(help="Per cent, 0 to 100.")] = None,
    note: Annotated[str | None, typer.Option(help="What happened, for everybody to read.")] = None,
    evidence: Annotated[
        list[str] | None, typer.Option(metavar="FILE|ADDRESS", help="Proof; as often as needed.")
    ] = None,
    due: Annotated[
        str | None, typer.Option(metavar="DATE", help="A new due date (2027-03-31); needs --because.")
    ] = None,
    because: Annotated[str | None, typer.Option(metavar="TEXT", help="Why the due date changes.")] = None,
) -> None:
    """Add an update to a published commitment and tell whoever follows; what is left out stays."""
    from civic import commitments
    from civic.audit import BY_COMMAND
    from civic.commitment_file import day_of
    from civic.errors import Faults

    if all(option is None for option in (status, progress, note, evidence, due, because)):
        raise Faults(("say at least one of --status, --progress, --note, --evidence, --due",))
    due_on = day_of(due) if due is not None else None
    if due is not None and due_on is None:
        raise Faults((f"--due: {due} is no date such as 2027-03-31",))
    change = commitments.Change(status, progress, note, tuple(map(_proof, evidence or ())), due_on, because)
    with session() as here:
        now = here.now()
        done = here.store.write(commitments.update, meeting, slug, change, actor=BY_COMMAND, now=now)
        told = here.store.read(commitments.people_told, done)
    typer.echo(f"{done.slug}: updated, {_told(told, done.due_at - now)}")


def _proof(said: str) -> Any:
    """Take evidence as an address, or as the file that it names."""
    from civic import commitments

    if said.startswith(("https://", "http://")):
        return commitments.Proof(said, address=said)
    path = Path(said)
    content = _read(path, commitments.LARGEST_EVIDENCE, "--evidence")
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return commitments.Proof(path.name, content, media_type)


def _read(path: Path, most: int, what: str) -> bytes:
    """Read a regular file whole, up to a size in bytes."""
    from civic.errors import Faults

    if not path.is_file():
        raise Faults((f"{what}: {path} is no file",))
    if path.stat().st_size > most:
        raise Faults((f"{what}: {path} is over {most // 1_000_000} MB",))
    return path.read_bytes()


def _told(number: int, wait: timedelta) -> str:
    """Say to how many it is news, and when: what falls within the same minute reaches each as one message."""
    if not number:
        return "0 people will be told"
    people = "1 person" if number == 1 else f"{number} people"
    if wait > timedelta(minutes=1):
        return f"{people} will be told in the morning, as it is night there"
    return f"{people} will be told within a minute"
