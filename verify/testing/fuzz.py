"""Random search for counterexamples for as long as one likes, and the files in which they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from relucert.certificates.catalogue import BUILTIN, Catalogue
from relucert.reductions.reduction import AnyReduction
from relucert.verify.certify import Certified
from relucert.verify.files import BadInput, writing
from relucert.verify.search import Searches
from relucert.verify.testing import WORK, Findings, compare_processes, search_for_counterexample, strategy_of
from relucert.verify.testing.counterexample import Counterexample
from relucert.verify.testing.laws import Law

ROUND = 200  # instances that are drawn with one seed


def counterexamples(
    r: AnyReduction, found: Findings, searches: Searches, seed: int, examples: int | None, ended: Callable[[], bool]
) -> Iterator[Counterexample]:
    """One for each law that is broken, as they are found; at most so many instances are drawn."""
    sources, known = strategy_of(r, None, searches), set[Law]()
    for number in count():
        left = ROUND if examples is None else min(ROUND, examples - number * ROUND)
        if ended() or left <= 0:
            break
        example = search_for_counterexample(
            r, found, sources, max_examples=left, searches=searches, seed=seed * 10**9 + number,
            known=frozenset(known), ended=ended,
        )  # fmt: skip
        if example is not None:
            known.add(example.law)
            yield example
    if not known & {Law.TOTAL, Law.DETERMINISM, Law.REPLY}:
        example = compare_processes(r, found, searches)
        if example is not None:
            yield example


def require_folder(folder: str) -> None:
    """Raises BadInput if there can be no such folder."""
    nearest = next(path for path in (Path(folder), *Path(folder).absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise BadInput(f"{folder}: {nearest.name} is not a directory")


def save(example: Counterexample, folder: str, catalogue: Catalogue = BUILTIN) -> list[str]:
    """Write the instance, the solution if one is concerned, the text, and the certificate if there is one.

    Returns the names of the files. Raises BadInput.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BadInput(f"{folder}: {problem.strerror}") from None
    name = f"{example.reduction.name.replace('/', '-')}-{example.law.name.lower()}"
    instance = str(Path(folder) / f"{name}.json")
    texts = {".json": example.instance_file(), ".witness.json": example.witness_file()}
    files = {suffix: text.encode() for suffix, text in texts.items() if text is not None}
    files[".txt"] = f"{example.text(instance)}\n".encode()
    certified = example.certified(catalogue, WORK)
    if isinstance(certified, Certified):
        files[".cert"] = certified.certificate
    written = []
    for suffix, content in files.items():
        written.append(str(Path(folder) / f"{name}{suffix}"))
        with writing(written[-1]) as stream:
            stream.write(content)
    return written
