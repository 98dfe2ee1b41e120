"""The commands by their names, and the group of them, which parses the words of a command line."""

from __future__ import annotations

from collections import Counter
from importlib import import_module

import click

from relucert.certificates.terminal import complain
from relucert.reductions.suggestions import meant
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


def run() -> int:
    """Run the command of this command line; its exit code. Raises BadInput of words that are no command."""
    try:
        code: int = cli.main(standalone_mode=False, prog_name="relucert")
    except click.exceptions.NoArgsIsHelpError as help_text:
        for line in help_text.format_message().splitlines():
            complain(line)
        return 2
    except click.ClickException as problem:
        raise BadInput(problem.format_message()) from None
    except click.Abort:
        raise KeyboardInterrupt from None
    return code
