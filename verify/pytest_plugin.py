"""The plugin of pytest: certificates are tests (docs/gate.md).

Files called *.cert or *.cert.gz are collected if `--relucert` is given, or below the folders of the setting
`relucert_paths`. Those that are certainly no certificates of relucert are left alone: X.509 uses the same suffix.

A certificate must be accepted. It must prove what a manifest of `relucert gate` pins for it: the nearest that has an
entry, in its folder or above, up to the root of pytest. One that is not pinned must, if `--relucert-source-dir` names a
folder, be about a file there whose name fits (`relucert.verify.gate.folder.Sources`); what that file does not say is
shown by `-rA`, not refused.

Nothing of relucert is imported before the first certificate is collected.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from relucert.certificates.catalogue import Catalogue
    from relucert.verify.gate.judge import Outcome, Task
    from relucert.verify.gate.manifest import Manifest

SUFFIXES = (".cert", ".cert.gz")
CATALOGUE = pytest.StashKey["Catalogue"]()
MANIFESTS = pytest.StashKey["dict[Path, Manifest]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("relucert", "certificates of relucert")
    group.addoption("--relucert", action="store_true", help="check *.cert and *.cert.gz, wherever tests are looked for")
    group.addoption("--relucert-source-dir", metavar="DIR", help="where the files are that certificates must be about")
    group.addoption(
        "--relucert-trust", action="append", default=[], metavar="NAME",
        help="an installed distribution whose problems and reductions to trust",
    )  # fmt: skip
    parser.addini("relucert_paths", "folders and files whose *.cert and *.cert.gz to check", type="paths", default=[])
    parser.addini("relucert_trust", "distributions whose problems and reductions to trust", type="args", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CertificateFile | None:
    if not (file_path.name.endswith(SUFFIXES) and _is_asked_for(file_path, parent.config)):
        return None
    from relucert.verify.gate.folder import is_foreign

    try:
        if is_foreign(file_path):
            return None
    except OSError:
        pass  # its test will say so
    return CertificateFile.from_parent(parent, path=file_path)


def _is_asked_for(path: Path, config: pytest.Config) -> bool:
    folders: list[Path] = config.getini("relucert_paths")
    return bool(config.getoption("relucert")) or any(path.is_relative_to(folder) for folder in folders)


class CertificateFile(pytest.File):
    """A file with one test."""

    def collect(self) -> Iterable[pytest.Item]:
        yield CertificateItem.from_parent(self, name="certificate")


class NotProved(Exception):
    """A certificate fails; the message is the whole report."""


class CertificateItem(pytest.Item):
    """Passes if the certificate is accepted, and is about what it must be about."""

    def runtest(self) -> None:
        from relucert.reductions.exact import InvalidInstance
        from relucert.verify.files import BadInput
        from relucert.verify.gate.judge import Rules, judge

        try:
            outcome = judge(self._task(), Rules(catalogue=self._catalogue()))
        except (BadInput, InvalidInstance) as problem:  # a manifest, a folder or a distribution cannot be used
            raise NotProved(f"not checked: {problem}") from None
        if outcome.status == "new":
            outcome = self._unpinned(outcome)
        trusting = f", trusting {' and '.join(outcome.trusting)}" if outcome.trusting else ""
        if outcome.exit_code:
            raise NotProved(f"{outcome.status}{trusting}: {outcome.reason}")
        said = "; ".join(filter(None, (outcome.proved, outcome.note)))
        self.add_report_section("call", "relucert", f"accepted{trusting}: {said}\n")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        if isinstance(excinfo.value, NotProved):
            return f"{self.path}: {excinfo.value}"
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.nodeid

    def _catalogue(self) -> Catalogue:
        """What is built in and what is trusted, loaded once."""
        stash = self.config.stash
        if CATALOGUE not in stash:
            from relucert.verify.plugins import trusting

            names = [*self.config.getini("relucert_trust"), *self.config.getoption("relucert_trust")]
            stash[CATALOGUE] = trusting(dict.fromkeys(names))
        return stash[CATALOGUE]

    def _task(self) -> Task:
        """The certificate with its entry in the nearest manifest; without one, with the files that it may be about."""
        from relucert.verify.gate.folder import Sources
        from relucert.verify.gate.judge import Task

        folder, sources, root = self.path.parent, self._source_folder(), self.config.rootpath
        for above in (above for above in self.path.parents if above == folder or above.is_relative_to(root)):
            name = self.path.relative_to(above).as_posix()
            if entry := self._manifest(above).get(name):
                return Task(str(above), name, entry)
        candidates = Sources().of(self.path.name, sources) if sources else []
        return Task(str(folder), self.path.name, None, tuple(candidates))

    def _source_folder(self) -> str:
        """As an absolute path, or ''; a relative one starts where pytest was called."""
        given = self.config.getoption("relucert_source_dir")
        return str(self.config.invocation_params.dir / given) if given else ""

    def _manifest(self, folder: Path) -> Manifest:
        """Each is read once."""
        from relucert.verify.gate.manifest import NAME, read_manifest

        manifests = self.config.stash.setdefault(MANIFESTS, {})
        if folder not in manifests:
            path = folder / NAME
            manifests[folder] = read_manifest(str(path)) if os.path.lexists(path) else {}
        return manifests[folder]

    def _unpinned(self, outcome: Outcome) -> Outcome:
        """Accepted; but if sources are asked for, it must have one."""
        from dataclasses import replace

        sources = self._source_folder()
        if sources and not (outcome.found and outcome.found.source):
            reason = f"the certificate is valid, but it is about no file in {sources} whose name fits"
            return replace(outcome, status="rejected", reason=reason)
        return replace(outcome, status="accepted", reason="")
