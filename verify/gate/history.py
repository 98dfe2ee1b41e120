"""What git says has changed, and what a manifest pinned before."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from relucert.certificates.terminal import printable
from relucert.reductions.exact import InvalidInstance
from relucert.verify.files import BadInput
from relucert.verify.gate.manifest import Manifest, parse_manifest


@dataclass(frozen=True)
class Since:
    """The state of a folder when the current branch left a revision.

    unchanged: the files below the folder that are as they were, by their paths from it. manifest: what was pinned.
    """

    revision: str
    unchanged: frozenset[str]
    manifest: Manifest


def since(revision: str, folder: str, manifest: str) -> Since:
    """Raises BadInput: no git, no repository, no such revision, no common history."""
    try:
        commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}").strip()
    except _Failed as failure:
        raise BadInput(f"--since {printable(revision)}: {str(failure) or 'there is no such commit'}") from None
    try:
        base = _git(folder, "merge-base", commit, "HEAD").strip()
    except _Failed:
        raise BadInput(
            f"--since {printable(revision)}: it has no history in common with HEAD; a shallow clone has too little"
        ) from None
    tracked = _names(_git(folder, "ls-files", "-z", "--", "."))
    changed = _names(_git(folder, "diff", "--name-only", "--no-renames", "--relative", "-z", base, "--", "."))
    before: Manifest = {}
    path = os.path.relpath(manifest, folder)
    if _names(_git(folder, "ls-tree", "--name-only", "-z", base, "--", path)):
        try:
            before = parse_manifest(_git(folder, "show", f"{base}:./{path}"))
        except InvalidInstance as problem:
            raise BadInput(f"{printable(manifest)} of {printable(revision)}: {problem}") from None
    return Since(revision, frozenset(tracked - changed), before)


class _Failed(Exception):
    pass


def _git(folder: str, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", folder or ".", *arguments], capture_output=True, check=False)
    except OSError as problem:
        raise BadInput(f"git: {problem.strerror}") from None
    if done.returncode:
        raise _Failed(" ".join(os.fsdecode(done.stderr).split()))
    return os.fsdecode(done.stdout)


def _names(listing: str) -> set[str]:
    return {name for name in listing.split("\0") if name}
