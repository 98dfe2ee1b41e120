"""The pages of a report, written into a folder of its own, which takes the place of an earlier one when it is done."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from relucert.certificates.terminal import printable
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.verify.files import BadInput
from relucert.verify.folders import folder_beside
from relucert.verify.formulas import mathml
from relucert.verify.pool import in_parallel
from relucert.verify.site.catalogue import catalogue_graph
from relucert.verify.site.entry import NOT_PROVED, UNKNOWN, Details, Entry, Rules, examined, undecided
from relucert.verify.site.evidence import RULES
from relucert.verify.site.inputs import Input, Inputs
from relucert.verify.site.proofs import prose

PAGE = 200  # entries of a list
HARDEST = 10
MARK = "relucert-report"  # an empty file by which a folder is known as a report
ANSWERS = ("YES", "NO", "HOLDS", UNKNOWN)


@dataclass(frozen=True)
class Means:
    """jobs: processes. seconds: for each certificate."""

    jobs: int = 1
    seconds: float = 600.0


def build(inputs: Inputs, output: str, rules: Rules, means: Means) -> list[Entry]:
    """Write a report on these certificates; the entries, in the order of the inputs. Raises BadInput."""
    with _replacing(output) as folder:
        return Site(folder, rules, means).write(inputs)


@contextmanager
def _replacing(output: str) -> Iterator[Path]:
    """A new folder that takes the place of `output` when all is written; until then that stays as it is."""
    target = Path(os.path.realpath(output))
    try:
        if target.exists() and not (target.is_dir() and ((target / MARK).is_file() or not any(target.iterdir()))):
            raise BadInput(f"{printable(output)}: this is there already, and no report: give -o a new folder")
        with folder_beside(target) as folder:
            yield folder
            (folder / MARK).touch()
            if target.exists():
                old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:100]}."))
                os.rename(target, old / "old")
                os.rename(folder, target)
                shutil.rmtree(old)
            else:
                os.rename(folder, target)
    except OSError as problem:
        raise BadInput(f"{printable(output)}: {problem.strerror}") from None


@dataclass
class Group:
    """What there is about one reduction, problem or statement. slug: the name of its first page."""

    name: str
    slug: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def outcomes(self) -> Mapping[str, int]:
        return ordered(Counter(entry.outcome for entry in self.entries))

    @property
    def by_size(self) -> Mapping[tuple[str, int], Mapping[str, int]]:
        """How many instances of each size have which outcome."""
        found: dict[tuple[str, int], Counter[str]] = {}
        for entry in self.entries:
            if entry.size is not None:
                found.setdefault(entry.size, Counter())[entry.outcome] += 1
        return {size: found[size] for size in sorted(found)}

    @property
    def undecided(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.outcome == UNKNOWN]

    @property
    def hardest(self) -> list[Entry]:
        """Those with the longest proofs, if these differ."""
        proved = [entry for entry in self.entries if entry.steps]
        return sorted(proved, key=lambda entry: (-entry.steps, -entry.work, entry.name))[:HARDEST]

    @property
    def pages(self) -> list[list[Entry]]:
        return [self.entries[i : i + PAGE] for i in range(0, len(self.entries), PAGE)] or [[]]

    def address(self, number: int) -> str:
        """Of a page of its list, from 0."""
        return f"coverage/{self.slug}{f'-{number + 1}' if number else ''}.html"


def ordered(outcomes: Mapping[str, int]) -> dict[str, int]:
    """Answers first."""
    rank = {answer: i for i, answer in enumerate(ANSWERS)}
    return {name: outcomes[name] for name in sorted(outcomes, key=lambda name: (rank.get(name, len(rank)), name))}


class Site:
    """A report in the making."""

    def __init__(self, folder: Path, rules: Rules, means: Means) -> None:
        self.folder, self.rules, self.means = folder, rules, means
        self.reductions = [cls() for cls in CATALOGUE.values()]
        self.environment = Environment(
            loader=PackageLoader("relucert.verify.site"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self.environment.filters |= {"number": lambda value: f"{value:,}", "shorten": shorten}
        self.environment.globals |= {
            "version": version("relucert"), "reductions": list(CATALOGUE), "problems": list(PROBLEMS), "rules": RULES,
            "mathml": lambda name, formula: Markup(mathml(name, formula)),
        }  # fmt: skip

    def write(self, inputs: Inputs) -> list[Entry]:
        for name in ("certificates", "coverage", "problems", "reductions"):
            (self.folder / name).mkdir()
        style = self.environment.get_template("style.css").render()
        (self.folder / "style.css").write_text(style)
        entries = self._certificates(inputs.certificates)
        groups = groups_of(entries)
        self._lists(groups)
        self._catalogue(groups)
        self._page("index.html", "index.html", groups=groups, entries=entries, sweeps=inputs.sweeps,
                   outcomes=ordered(Counter(entry.outcome for entry in entries)))  # fmt: skip
        return entries

    def _page(self, path: str, template: str, **values: Any) -> None:
        root = "../" * path.count("/")
        text = self.environment.get_template(template).render(root=root, path=path, **values)
        (self.folder / path).write_text(text, encoding="utf-8")

    # each certificate

    def _certificates(self, inputs: Sequence[Input]) -> list[Entry]:
        """Raises OSError of what is written."""
        names = page_names([one.name for one in inputs])
        self.environment.get_template("certificate.html")  # compiled once, for all processes
        tasks = list(zip(range(len(inputs)), inputs, names, strict=True))
        found: dict[int, Entry] = {}
        for number, entry in in_parallel(tasks, self._examine, self._given_up, self.means.jobs, self.means.seconds):
            if isinstance(entry, OSError):
                raise entry
            found[number] = entry
        return [found[number] for number in range(len(inputs))]

    def _examine(self, task: tuple[int, Input, str]) -> tuple[int, Entry | OSError]:
        """In a process of its own: check a certificate, write its page and a copy of it."""
        number, one, page = task
        try:
            entry, details, data = self._judged(one, page)
            if data is not None:
                (self.folder / f"certificates/{page}{entry.suffix}").write_bytes(data)
            self._page_of(entry, details)
        except OSError as problem:
            return number, problem
        return number, entry

    def _judged(self, one: Input, page: str) -> tuple[Entry, Details, bytes | None]:
        """And the bytes that were judged."""
        entry, details, data = self._entry(one, page), Details(), None
        try:
            data, row = one.read(self.rules.most_bytes)
            sweep = one.swept.sweep if one.swept else None
            entry = replace(entry, seconds=row.seconds if row else None)
            if data is not None:
                entry, details = examined(entry, data, self.rules, sweep, row)
            elif sweep is not None and row is not None:
                entry, details = undecided(entry, sweep, row, self.rules)
        except OSError as problem:
            entry = replace(entry, verdict="malformed", outcome="malformed", reason=f"{problem.strerror}")
        except (BadInput, InvalidInstance) as problem:
            entry = replace(entry, verdict="malformed", outcome="malformed", reason=f"{problem}")
        except Exception as bug:  # a bug of ours is no verdict on the claim
            reason = f"the report failed, which is a bug: {type(bug).__name__}: {shorten(str(bug))}"
            entry = replace(entry, verdict="unsupported", outcome="unsupported", reason=reason)
        return entry, details, data

    @staticmethod
    def _entry(one: Input, page: str) -> Entry:
        """Of what has not been judged yet."""
        return Entry(one.name, page, one.suffix, one.swept.sweep.reduction if one.swept else NOT_PROVED)

    def _given_up(self, task: tuple[int, Input, str], reason: str) -> tuple[int, Entry | OSError]:
        number, one, page = task
        entry = replace(self._entry(one, page), verdict="resource-limit", outcome="resource-limit", reason=reason)
        self._page_of(entry, Details())
        return number, entry

    def _page_of(self, entry: Entry, details: Details) -> None:
        self._page(f"certificates/{entry.page}.html", "certificate.html", entry=entry, details=details,
                   has_copy=(self.folder / f"certificates/{entry.page}{entry.suffix}").exists(),
                   group_page=f"coverage/{slug(entry.group)}.html")  # fmt: skip

    # lists and the catalogue

    def _lists(self, groups: Mapping[str, Group]) -> None:
        for group in groups.values():
            for number, entries in enumerate(group.pages):
                self._page(group.address(number), "coverage.html", group=group, number=number, listed=entries)

    def _catalogue(self, groups: Mapping[str, Group]) -> None:
        coverage = {name: len(group.entries) for name, group in groups.items()}
        graph = catalogue_graph(self.reductions, coverage)
        self._page("catalogue.html", "catalogue.html", graph=graph, catalogue=self.reductions, groups=groups)
        for r in self.reductions:
            chains = [group for group in groups.values() if "/" in group.name and r.name in group.name.split("/")]
            self._page(f"reductions/{r.name}.html", "reduction.html", r=r, text=prose(r),
                       group=groups.get(r.name), chains=chains)  # fmt: skip
        for name, problem in PROBLEMS.items():
            self._page(f"problems/{name}.html", "problem.html", problem=problem, text=prose(problem),
                       out=[r for r in self.reductions if r.source is problem],
                       into=[r for r in self.reductions if r.target is problem],
                       group=groups.get(name), groups=groups)  # fmt: skip


def groups_of(entries: Sequence[Entry]) -> dict[str, Group]:
    """By name; what is not accepted stands last."""
    groups: dict[str, Group] = {}
    for name in sorted({entry.group for entry in entries}, key=lambda name: (name == NOT_PROVED, name)):
        groups[name] = Group(name, slug(name))
    for entry in entries:
        groups[entry.group].entries.append(entry)
    for group in groups.values():
        group.entries.sort(key=lambda entry: (entry.size or ("", 0), entry.parameters, entry.name))
    return groups


def slug(text: str) -> str:
    """A name that is the same in every file system and address; what it cannot say is in a hash.

    >>> slug("coloring-to-relu-sum"), slug("sat/clique")
    ('coloring-to-relu-sum', 'sat-clique-1c4f5ec3')
    """
    plain = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")[:80]
    return plain if plain == text else f"{plain}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def page_names(names: Sequence[str]) -> list[str]:
    """Of the pages of certificates of these names.

    >>> page_names(["a.cert", "b.cert.gz", "a.cert.gz"])
    ['a', 'b', 'a-2']
    """
    taken: dict[str, int] = {}
    pages = []
    for name in names:
        page = slug(re.sub(r"\.cert(\.gz)?$", "", name))
        taken[page] = taken.get(page, 0) + 1
        while taken[page] > 1 and f"{page}-{taken[page]}" in taken:
            taken[page] += 1
        if taken[page] > 1:
            page = f"{page}-{taken[page]}"
            taken[page] = 1
        pages.append(page)
    return pages
