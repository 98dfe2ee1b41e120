"""The entry point of the command line: every failure is one line on standard error and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module

import click

from relucert.certificates.terminal import OutputFailed, complain, guard_streams
from relucert.reductions.exact import InvalidInstance
from relucert.verify.certify import ReductionRefuted
from relucert.verify.files import BadInput

COMMANDS = {
    "list": "catalogue:list_",
    "path": "catalogue:path",
    "version": "catalogue:version",
    "certify": "certify:certify",
    "check": "check:check",
    "enclose": "numbers:enclose",
    "experiment": "experiment:experiment",
    "fact": "numbers:fact",
    "fuzz": "fuzz:fuzz",
    "lemma": "gadgets:lemma",
    "gate": "gate:gate",
    "optimum": "losses:optimum",
    "ratio": "losses:ratio",
    "pad": "numbers:pad",
    "plot": "pictures:plot",
    "reduce": "reduce:reduce_",
    "forward": "reduce:forward",
    "backward": "reduce:backward",
    "export": "reduce:export",
}
DECIDING = ("certify", "optimum", "ratio", "lemma", "enclose", "fact", "pad")  # their answer is UNKNOWN if they fail


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


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Executable hardness reductions for training depth-2 ReLU networks, with certificates that check themselves.

    Exit codes: 0 decided or accepted; 1 rejected; 2 bad input, malformed, or the output cannot be written; 3 UNKNOWN,
    resource limit or unsupported. A mistake of relucert's own is one line that says so, and 3 from a command that
    decides, else 2; the environment variable RELUCERT_TRACEBACK=1 shows where it happened.
    """


def main() -> None:
    try:
        guard_streams()
        code = cli.main(standalone_mode=False, prog_name="relucert")
    except click.exceptions.NoArgsIsHelpError as help_text:
        for line in help_text.format_message().splitlines():
            complain(line)
        sys.exit(2)
    except click.ClickException as problem:
        fail(problem.format_message())
    except (BadInput, InvalidInstance, OutputFailed) as problem:
        fail(str(problem))
    except ReductionRefuted as finding:
        fail(str(finding), 1)
    except (KeyboardInterrupt, click.Abort):
        complain("relucert: interrupted; nothing was written")
        sys.exit(130)
    except BaseException as mistake:  # also SystemExit, with which a module from outside could pass for a success
        if os.environ.get("RELUCERT_TRACEBACK"):
            traceback.print_exc()
        named = sys.argv[1:2]
        fail(describe(mistake), 3 if named and named[0] in DECIDING else 2)
    sys.exit(code)


def fail(reason: str, code: int = 2) -> None:
    complain("relucert: " + " ".join(reason.split()))
    sys.exit(code)


def describe(mistake: BaseException) -> str:
    """What went wrong where, in one line."""
    frame = traceback.extract_tb(mistake.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    return f"{type(mistake).__name__} in {place}: {str(mistake)[:200]}; this is a bug"
