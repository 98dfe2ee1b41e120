"""What a report is about: the certificates below folders, and the rows of sweeps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relucert.certificates.terminal import printable
from relucert.verify.files import BadInput
from relucert.verify.gate.folder import certificates_below, is_foreign, require_certificate, require_distinct


@dataclass(frozen=True)
class Input:
    """A certificate. name: what people call it. path: of its file."""

    name: str
    path: str

    def read(self, most: int) -> bytes:
        """Its bytes as they are stored, of which one more than `most` are enough. Raises OSError."""
        with open(self.path, "rb") as file:
            return file.read(most + 1)


def inputs_of(paths: Sequence[str], output: str) -> tuple[list[Input], list[str]]:
    """The certificates, in the order of their names, and the files that are none of ours, though they are called so.

    What is below `output` is left out: that is an earlier report. Raises BadInput if a path cannot be read, or holds no
    certificate.
    """
    found: list[Input] = []
    foreign: list[str] = []
    own = os.path.realpath(output)
    for path in paths:
        below = list(_below(path, own))
        if not below:
            raise BadInput(f"{printable(path)}: there is no certificate below this folder: no *.cert, no *.cert.gz")
        foreign += (one for one in below if is_foreign(one))
        found += (Input(_name(path, one), one) for one in below if one not in foreign)
    require_distinct([one.path for one in found])
    return found, foreign


def _below(path: str, own: str) -> Iterator[str]:
    if not os.path.lexists(path):
        raise BadInput(f"{printable(path)}: No such file or directory")
    if not os.path.isdir(path):
        yield require_certificate(path)
        return
    for one in certificates_below(path):
        if os.path.commonpath([own, os.path.realpath(one)]) != own:
            yield one


def _name(start: str, path: str) -> str:
    """From the folder that was given; printable."""
    return printable(os.path.relpath(path, start) if os.path.isdir(start) else os.path.basename(path))
