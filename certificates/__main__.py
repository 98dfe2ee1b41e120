"""`python -m relucert.certificates FILE…`: check certificates with nothing but the standard library."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import NoReturn

from relucert.certificates.checker import FORMAT, Limits
from relucert.certificates.command import Order, check_files
from relucert.certificates.terminal import OutputFailed, complain, guard_streams, printable, say
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.formats.columns import Columns


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidInstance(message)


def arguments() -> Parser:
    parser = Parser(
        prog="python -m relucert.certificates",
        description=f"Check certificates of the format {FORMAT}; needs no solver and no package.",
        epilog="The exit code is the worst of all files: 0 accepted, 1 rejected, 2 malformed or bad input, 3 resource "
        "limit or unsupported.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a certificate, plain or gzip-compressed; - is stdin")
    parser.add_argument("--source", default="", help="a file that the certificates must be about")
    parser.add_argument("--strict", action="store_true", help="reject what neither the source nor -p says")
    parser.add_argument("-p", action="append", default=[], metavar="NAME=VALUE", help="a parameter, e.g. colors=3")
    for name, meaning in (("x", "coordinates, with commas between"), ("y", "label"), ("weight", "weight")):
        parser.add_argument(f"--{name}", metavar="COLUMN", help=f"a source in CSV: its {meaning}, by name or number")
    parser.add_argument("--work-limit", type=int, help="units of work for each file; by its size if not given")
    parser.add_argument("--memory-limit", type=int, help="64-bit words for each file; by its size if not given")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def parameters(texts: Sequence[str]) -> dict[str, str]:
    """The texts of -p options. Raises InvalidInstance if one is given twice, or without a value."""
    given: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise InvalidInstance(f"-p {text}: expected NAME=VALUE")
        if name in given:
            raise InvalidInstance(f"-p {text}: {name!r} is given twice")
        given[name] = value
    return given


def main(options: Sequence[str] | None = None) -> int:
    """The worst exit code of the verdicts; 2 also for bad input, or if the output cannot be written."""
    try:
        guard_streams()
        given = arguments().parse_args(options)
        limits = Limits(given.work_limit, given.memory_limit)
        columns = Columns(tuple(given.x.split(",")) if given.x else None, given.y, given.weight)
        order = Order(parameters(given.p), given.source, given.strict, limits, columns=columns)
        return check_files(given.files, order, given.json)
    except InvalidInstance as problem:
        complain(str(problem))
        if "--json" in (sys.argv[1:] if options is None else options):
            say(json.dumps({"verdict": "error", "reason": printable(str(problem))}))
    except OutputFailed as problem:
        complain(str(problem))
    return 2


if __name__ == "__main__":
    sys.exit(main())
