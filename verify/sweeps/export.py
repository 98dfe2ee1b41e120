"""From a database to files: one certificate of the whole, or a folder that `relucert gate` guards."""

from __future__ import annotations

import os
from pathlib import Path

from relucert.certificates.catalogue import Catalogue
from relucert.certificates.terminal import printable
from relucert.verify import files
from relucert.verify.files import BadInput
from relucert.verify.folders import folder_beside
from relucert.verify.gate.judge import Rules
from relucert.verify.gate.manifest import NAME, manifest_text
from relucert.verify.gate.run import Gate, place_of
from relucert.verify.sweeps.database import Database
from relucert.verify.sweeps.whole import require_intact, write_claim


def export_claim(database: Database, path: str) -> None:
    """The certificate of the whole; compressed if the name ends in .gz. Raises BadInput if there is none."""
    with files.writing(path) as stream:
        write_claim(database, stream, path.endswith(".gz"))


def export_folder(database: Database, folder: str, catalogue: Catalogue) -> int:
    """A new folder with all certificates, each beside its instance, and the manifest; how many there are.

    It is written under another name, which becomes its own at the end. Raises BadInput if there is one of that name.
    """
    target = Path(folder)
    if os.path.lexists(target):
        raise BadInput(f"{printable(folder)}: this is there already; export into a new folder")
    try:
        with folder_beside(target.absolute()) as there:
            count = _write(database, there, catalogue)
            os.rename(there, target)
    except OSError as problem:
        raise BadInput(f"{printable(folder)}: {problem.strerror}") from None
    return count


def _write(database: Database, folder: Path, catalogue: Catalogue) -> int:
    count, width = 0, len(str(database.total or 0))
    for row in database.rows():
        packed = database.packed(row.number)
        if packed is None:
            continue
        require_intact(database, row)
        name = f"{row.number:0{width}}-{row.answer.lower()}"
        (folder / f"{name}.json").write_text(row.instance + "\n")
        (folder / f"{name}.cert.gz").write_bytes(packed)
        count += 1
    place = place_of([str(folder)], "")
    outcomes, _, manifest = Gate(place, Rules(catalogue=catalogue)).pin({})
    for outcome in outcomes:
        if outcome.exit_code:
            raise BadInput(f"{printable(database.path)}: {outcome.certificate}: {outcome.status}: {outcome.reason}")
    (folder / NAME).write_bytes(manifest_text(manifest).encode())
    return count
