"""The gate as a whole: what there is against what is pinned, judged in parallel."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from relucert.certificates.terminal import printable
from relucert.reductions.exact import shorten
from relucert.reductions.parameters import named
from relucert.verify.files import BadInput
from relucert.verify.gate.cache import NOTHING_KNOWN, REMEMBERED, Known, remembering
from relucert.verify.gate.folder import (
    Sources,
    certificates_below,
    is_foreign,
    require_certificate,
    require_distinct,
)
from relucert.verify.gate.history import Since
from relucert.verify.gate.judge import Outcome, Rules, Task, judge
from relucert.verify.gate.manifest import NAME, SUFFIXES, Entry, Manifest
from relucert.verify.pool import in_parallel

FOREVER = 1e9


@dataclass(frozen=True)
class Place:
    """manifest: its path. folder: that of the manifest. starts: below which, as paths from the folder, to look."""

    manifest: str
    folder: str
    starts: tuple[str, ...]

    def selects(self, path: str) -> bool:
        return any(start in (".", path) or path.startswith(start + "/") for start in self.starts)


@dataclass(frozen=True)
class Means:
    """jobs: processes. seconds: for each certificate. cache: a file that remembers outcomes, '' for none."""

    jobs: int = 1
    seconds: float = FOREVER
    cache: str = ""


def place_of(paths: Sequence[str], manifest: str) -> Place:
    """Where to look. Raises BadInput if a path does not exist, or is not below the folder of the manifest."""
    for path in paths:
        if not os.path.lexists(path):
            raise BadInput(f"{printable(path)}: No such file or directory")
    if not manifest:
        if len(paths) != 1 or not os.path.isdir(paths[0]):
            raise BadInput("several paths, or a single file, need --manifest FILE, in a folder above all of them")
        manifest = os.path.normpath(os.path.join(paths[0], NAME))
    folder = os.path.dirname(manifest)
    starts = [os.path.relpath(path, folder or ".").replace(os.sep, "/") for path in paths]
    for path, start in zip(paths, starts, strict=True):
        if start.split("/")[0] == "..":
            raise BadInput(f"{printable(path)}: this is not below the folder of {printable(manifest)}")
        if os.path.isfile(path) and not path.endswith(SUFFIXES):
            raise BadInput(f"{printable(path)}: this is neither a folder nor called *{' or *'.join(SUFFIXES)}")
    return Place(manifest, folder, tuple(starts))


def certificates_of(place: Place) -> list[str]:
    """What there is, as paths from the folder. Raises BadInput, see `certificates_below`."""
    found: set[str] = set()
    for start in place.starts:
        path = os.path.normpath(os.path.join(place.folder, start))
        below = certificates_below(path) if os.path.isdir(path) else [require_certificate(path)]
        found.update(os.path.relpath(one, place.folder or ".").replace(os.sep, "/") for one in below)
    names = sorted(found)
    require_distinct([os.path.join(place.folder, name) for name in names])
    return names


@dataclass(frozen=True)
class Gate:
    """source_folder: where to look for the sources of certificates without an entry; '': beside each certificate."""

    place: Place
    rules: Rules = field(default_factory=Rules)
    means: Means = field(default_factory=Means)
    source_folder: str = ""

    def check(self, manifest: Manifest, since: Since | None = None) -> tuple[list[Outcome], list[str]]:
        """The outcomes by certificate, and the files that were left alone: they are certainly no certificates of ours.

        since: judge only what has changed. Raises BadInput.
        """
        names, foreign = self._ours(manifest)
        there, outcomes, tasks, sources = set(names), [], [], Sources()
        for name, entry in manifest.items():
            if self.place.selects(name) and name not in there:
                outcomes.append(Outcome(name, "missing", f"it is not there; pinned is {entry.claimed}"))
        for name in names:
            pinned = manifest.get(name)
            if pinned and since and _is_unchanged(pinned, since):
                outcomes.append(Outcome(name, "unchanged", f"unchanged since {since.revision}"))
            else:
                tasks.append(Task(self.place.folder, name, pinned, () if pinned else self._candidates(name, sources)))
        outcomes += self._lost(manifest, since) if since else ()
        outcomes += map(self._tolerate, self._judged(tasks))
        return sorted(outcomes, key=lambda outcome: (outcome.certificate, outcome.status)), foreign

    def pin(self, manifest: Manifest) -> tuple[list[Outcome], list[str], Manifest]:
        """What has come, gone and changed, what was left alone, and a new manifest, for use if no outcome fails."""
        names, foreign = self._ours({})
        tasks, sources = [], Sources()
        for name in names:
            old = manifest.get(name)
            candidates = ((old.source,) if old and old.source else ()) + self._candidates(name, sources)
            tasks.append(Task(self.place.folder, name, None, candidates))
        kept = {name: entry for name, entry in manifest.items() if not self.place.selects(name)}
        gone = manifest.keys() - kept.keys() - set(names)
        outcomes = [Outcome(name, "missing", "it is pinned no more", tolerated=True) for name in gone]
        for outcome in self._judged(tasks):
            if outcome.found:
                kept[outcome.certificate] = outcome.found
                outcome = _compared(outcome, outcome.found, manifest.get(outcome.certificate))
            outcomes.append(outcome)
        return sorted(outcomes, key=lambda outcome: outcome.certificate), foreign, kept

    def _ours(self, manifest: Manifest) -> tuple[list[str], list[str]]:
        ours: list[str] = []
        foreign: list[str] = []
        for name in certificates_of(self.place):
            is_ours = name in manifest or not is_foreign(os.path.join(self.place.folder, name))
            (ours if is_ours else foreign).append(name)
        return ours, foreign

    def _candidates(self, name: str, sources: Sources) -> tuple[str, ...]:
        folder = self.source_folder or os.path.join(self.place.folder, os.path.dirname(name))
        return tuple(
            os.path.relpath(path, self.place.folder or ".").replace(os.sep, "/") for path in sources.of(name, folder)
        )

    def _judged(self, tasks: Sequence[Task]) -> Iterable[Outcome]:
        with remembering(self.means.cache) if self.means.cache else nullcontext((NOTHING_KNOWN, _forget)) as cache:
            known, remember = cache

            def work(task: Task) -> Outcome:
                return _without_fail(task, self.rules, known)

            for outcome in in_parallel(tasks, work, _out_of_time, self.means.jobs, self.means.seconds):
                if outcome.key and not outcome.again:
                    remember(outcome.key, remembered(outcome))
                yield outcome

    def _tolerate(self, outcome: Outcome) -> Outcome:
        return replace(outcome, tolerated=outcome.status in ("new", "lost") and not self.rules.strict)

    def _lost(self, manifest: Manifest, since: Since) -> Iterable[Outcome]:
        pinned = {entry.claimed for entry in manifest.values()}
        for name, entry in since.manifest.items():
            if self.place.selects(name) and entry.claimed not in pinned:
                reason = f"{entry.claimed} was pinned at {since.revision}, and is pinned no more"
                yield self._tolerate(Outcome(name, "lost", reason))


def remembered(outcome: Outcome) -> Mapping[str, Any]:
    return {name: getattr(outcome, name) for name in REMEMBERED}


def _without_fail(task: Task, rules: Rules, known: Known) -> Outcome:
    try:
        return judge(task, rules, known)
    except Exception as bug:  # a bug of ours is no verdict on the claim
        reason = f"the gate failed, which is a bug: {type(bug).__name__}: {shorten(str(bug))}"
        return Outcome(task.certificate, "unsupported", reason)


def _out_of_time(task: Task, reason: str) -> Outcome:
    return Outcome(task.certificate, "resource-limit", reason)


def _forget(_key: str, _outcome: Mapping[str, Any]) -> None:
    pass


def _is_unchanged(entry: Entry, since: Since) -> bool:
    files = {entry.certificate, entry.source or entry.certificate}
    return files <= since.unchanged and since.manifest.get(entry.certificate) == entry


def _compared(outcome: Outcome, found: Entry, old: Entry | None) -> Outcome:
    """What is said of a valid certificate that is being pinned."""
    if old is None:
        return replace(outcome, status="new", reason=f"now pinned: {found.claimed}", tolerated=True)
    if (old.claimed, old.source, old.parameters) != (found.claimed, found.source, found.parameters):
        reason = f"now pinned: {found.claimed} {_about(found)}; before: {old.claimed} {_about(old)}"
        return replace(outcome, status="changed", reason=reason, tolerated=True)
    return replace(outcome, status="accepted", reason="")


def _about(entry: Entry) -> str:
    parameters = f" with {named(entry.parameters)}" if entry.parameters else ""
    return f"about {entry.source}{parameters}" if entry.source else "about no source"
