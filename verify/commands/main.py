"""The entry point of the command line: every failure is one line on standard error and an exit code."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections import Counter
from importlib import import_module
from typing import Any

import click

from relucert.certificates.terminal import OutputFailed, complain, guard_streams, say
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.suggestions import meant
from relucert.verify.certify import ReductionRefuted
from relucert.verify.files import BadInput

COMMANDS = {
    "list": "catalogue:list_",
    "show": "catalogue:show",
    "path": "catalogue:path",
    "version": "catalogue:version",
    "certify": "certify:certify",
    "check": "check:check",
    "enclose": "numbers:enclose",
    "experiment": "experiment:experiment",
    "fact": "numbers:fact",
    "fuzz": "fuzz:fuzz",
    "learn": "learn:learn",
    "lemma": "gadgets:lemma",
    "gate": "gate:gate",
    "optimum": "losses:optimum",
    "ratio": "losses:ratio",
    "report": "report:report",
    "pad": "numbers:pad",
    "plot": "pictures:plot",
    "sweep": "sweep:sweep",
    "reduce": "reduce:reduce_",
    "forward": "reduce:forward",
    "backward": "reduce:backward",
    "export": "reduce:export",
    "evaluate": "networks:evaluate",
}
DECIDING = (
    "certify",
    "optimum",
    "ratio",
    "learn",
    "lemma",
    "enclose",
    "fact",
    "pad",
)  # their answer is UNKNOWN if they fail


class Commands(click.Group):
    """A command is imported when it is called: checking a file waits for no prover."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"relucert.verify.commands.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"there is no command {args[0]!r}{meant(args[0], COMMANDS)}")
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and not ctx.resilient_parsing:
            refuse_repeated(command, rest)
        return name, command, rest


def refuse_repeated(command: click.Command, words: list[str]) -> None:
    """An option that is given twice, where once is all that counts, is a mistake."""
    try:
        _, _, order = command.make_parser(click.Context(command)).parse_args(list(words))
    except click.UsageError:
        return  # whoever parses them in earnest will say it
    for parameter, times in Counter(order).items():
        if times > 1 and isinstance(parameter, click.Option) and not parameter.multiple:
            raise click.UsageError(f"{max(parameter.opts, key=len)} is given twice")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="relucert", message="relucert %(version)s")
def cli() -> None:
    """Executable hardness reductions for training depth-2 ReLU networks, with certificates that check themselves.

    Exit codes: 0 decided or accepted; 1 rejected; 2 bad input, malformed, or the output cannot be written; 3 UNKNOWN,
    resource limit or unsupported. A mistake of relucert's own is one line that says so, and 3 from a command that
    decides, else 2; the environment variable RELUCERT_TRACEBACK=1 shows where it happened.
    """


def main() -> None:
    if "_RELUCERT_COMPLETE" in os.environ:  # a shell asks; see docs/commands.md
        cli.main(prog_name="relucert")
    try:
        guard_streams()
        code = cli.main(standalone_mode=False, prog_name="relucert")
    except click.exceptions.NoArgsIsHelpError as help_text:
        for line in help_text.format_message().splitlines():
            complain(line)
        sys.exit(2)
    except click.ClickException as problem:
        fail(problem.format_message())
    except OutputFailed as problem:
        fail(str(problem), silent=True)
    except (BadInput, InvalidInstance) as problem:
        fail(str(problem))
    except ReductionRefuted as finding:
        fail(str(finding), 1, verdict="refuted")
    except (KeyboardInterrupt, click.Abort):
        fail("interrupted; nothing was written", 130)
    except BaseException as mistake:  # also SystemExit, with which a module from outside could pass for a success
        if os.environ.get("RELUCERT_TRACEBACK"):
            traceback.print_exc()
        named = sys.argv[1:2]
        fail(describe(mistake), 3 if named and named[0] in DECIDING else 2)
    sys.exit(code)


def fail(reason: str, code: int = 2, verdict: str = "error", silent: bool = False) -> None:
    """One line on standard error; with --json one object on standard output too, unless that is what has failed."""
    line = " ".join(reason.split())
    complain("relucert: " + line)
    if "--json" in sys.argv[1:] and not silent:
        facts: dict[str, Any] = {"verdict": verdict, "reason": line}
        try:
            say(json.dumps(facts, sort_keys=True))
        except OutputFailed as problem:
            complain(f"relucert: {problem}")
    sys.exit(code)


def describe(mistake: BaseException) -> str:
    """What went wrong where, in one line."""
    frame = traceback.extract_tb(mistake.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    return f"{type(mistake).__name__} in {place}: {str(mistake)[:200]}; this is a bug"
