"""`relucert check`: what `python -m relucert.certificates` says, with the options of a training set."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from relucert.certificates.command import Order, check_files
from relucert.reductions.formats.columns import Columns
from relucert.reductions.problems.training import LOSSES, SIGN
from relucert.verify.commands.options import (
    COLUMNS,
    COUNT,
    joined,
    json_option,
    limit_options,
    option_for,
    parameter_option,
    training_options,
    trust_option,
)
from relucert.verify.limits import Counted, Watch
from relucert.verify.plugins import trusting


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--source", help="A file that the certificate must be about.")
@click.option("--strict", is_flag=True, help="Reject what neither SOURCE nor an option says: give -p, or --neurons, …")
@parameter_option
@partial(training_options, losses=(*LOSSES, SIGN))
@click.option("--work-limit", type=COUNT, help="Units of work for each file; by its size if not given.")
@trust_option
@limit_options
@json_option
def check(
    files: tuple[str, ...], source: str | None, strict: bool, parameters: dict[str, Any], options: dict[str, Any],
    work_limit: int | None, trust: tuple[str, ...], watch: Watch, as_json: bool,
) -> int:  # fmt: skip
    """Check certificates; needs no solver. The exit code is the worst of the verdicts.

    With --source, and with -p or the options of a training set, a certificate must also be about that file and those
    parameters; with --loss sign, about the signs of its labels, as of optimum. Parameters that only the certificate
    states are printed; --strict rejects them, unless they have the value that certify takes if none is given.
    """
    watch.doing("checking")
    limits = Counted(work=work_limit)
    columns = options.get(COLUMNS, Columns())
    order = Order(joined(parameters, options), source or "", strict, limits, trusting(trust), columns)
    return check_files(files, order, as_json, option_for)
