"""Build the checker as one file that Python runs: `python packaging/checker.py relucert-check.pyz`.

The same tree gives the same bytes: names are sorted, dates are fixed, nothing is compressed. The file holds what
`python -m relucert.certificates` runs, and no more.
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

ROOT = Path(__file__).parents[1]
MAIN = "import sys\nfrom relucert.certificates.__main__ import main\nsys.exit(main())\n"


def contents() -> dict[str, bytes]:
    """Name and text of every file."""
    files = {"__main__.py": MAIN.encode(), "relucert/__init__.py": b""}
    for floor in ("reductions", "certificates"):
        for path in (ROOT / floor).rglob("*.py"):
            if path.name not in ("writer.py", "plugin.py"):
                files[f"relucert/{path.relative_to(ROOT).as_posix()}"] = path.read_bytes()
    return dict(sorted(files.items()))


def build(target: Path) -> None:
    with target.open("wb") as stream:
        stream.write(b"#!/usr/bin/env python3\n")
        with ZipFile(stream, "w", ZIP_STORED) as archive:
            for name, text in contents().items():
                info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                info.external_attr = 0o644 << 16
                archive.writestr(info, text)
    target.chmod(0o755)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python packaging/checker.py FILE")
    build(Path(sys.argv[1]))
