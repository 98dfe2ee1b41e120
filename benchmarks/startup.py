"""`python -m benchmarks.startup`: how long the smallest questions take, whole processes, from the start of Python.

The package is installed as users have it: copied and compiled, not linked to a checkout, which costs a hook of 15 ms at
every start of Python. Commands take turns; beside the medians stands the least, which is what an idle machine takes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.machine import description

RUNS = 25
MANY = 48  # instances for one process
ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SAWTOOTH = [str(EXAMPLES / "sawtooth.csv"), "--neurons", "2", "--bias"]
ARC = [str(EXAMPLES / "arc.csv"), "--neurons"]
PLANE = [str(EXAMPLES / "one_relu.csv"), "--neurons"]
SCRIPT = "import sys\nfrom relucert.verify.commands.main import main\nsys.exit(main())\n"


def installed(folder: Path) -> tuple[str, Path]:
    """A Python with a copy of the package, compiled, beside the libraries of this one; and the command."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = folder / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    shutil.copytree(ROOT / "relucert", site / "relucert", ignore=shutil.ignore_patterns("__pycache__"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    python, command = str(folder / "bin/python"), folder / "bin/relucert"
    subprocess.run([python, "-m", "compileall", "-q", site / "relucert"], check=True)
    command.write_text(f"#!{python}\n{SCRIPT}")
    command.chmod(0o755)
    return python, command


def timed(command: Sequence[str | Path], environment: Mapping[str, str]) -> tuple[float, float]:
    """Milliseconds of the clock, and of the processor, which other processes disturb less."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return 1000 * took, 1000 * (usage.ru_utime + usage.ru_stime)


def main() -> None:
    print(f"Machine: {description()}\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python, relucert = installed(folder / "python")
        certificate = folder / "sawtooth.cert"
        certify = [relucert, "certify", "training", *SAWTOOTH]
        subprocess.run([*certify, "-o", certificate], env=environment, check=True, stdout=subprocess.DEVNULL)
        commands: dict[str, list[str | Path]] = {
            "Python alone": [python, "-c", "0"],
            "`python -m relucert.certificates CERT`": [python, "-m", "relucert.certificates", certificate],
            "`relucert check CERT`": [relucert, "check", certificate],
            "`relucert check CERT --source DATA`": [
                relucert, "check", certificate, "--source", SAWTOOTH[0], *SAWTOOTH[1:]
            ],
            "`relucert certify training`, derived": certify,
            "`relucert certify training`, NO by a prover": [relucert, "certify", "training", *ARC, "2"],
            "`relucert certify training`, YES by a prover": [relucert, "certify", "training", *PLANE, "2"],
            "`relucert certify coloring-to-relu-network`": [
                relucert, "certify", "coloring-to-relu-network", str(EXAMPLES / "petersen.g6"), "-p", "colors=2"
            ],
        }  # fmt: skip
        times: dict[str, list[tuple[float, float]]] = {what: [] for what in commands}
        for turn in range(RUNS + 1):
            for what, command in commands.items():
                took = timed(command, environment)
                if turn:  # the first fills the caches
                    times[what].append(took)
        graphs = [str(EXAMPLES / name) for name in ("petersen.g6", "grotzsch.col", "triangle.edges", "chvatal.edges")]
        copies = [
            shutil.copy(graph, folder / f"{i}-{Path(graph).name}")
            for i in range(MANY // len(graphs))
            for graph in graphs
        ]
        colored = [relucert, "certify", "hypergraph-coloring", "-p", "colors=3"]
        together, _ = timed([*colored, *copies], environment)
        apart = sum(timed([*colored, copy], environment)[0] for copy in copies)
        print("| command | median ms | least ms | median ms of processor |")
        print("|---|---|---|---|")
        for what, all_of_it in times.items():
            wall, cpu = zip(*all_of_it, strict=True)
            print(f"| {what} | {median(wall):.0f} | {min(wall):.0f} | {median(cpu):.0f} |")
        what = f"{len(copies)} colourings of {len(graphs)} graphs"
        print(f"\n{what}: {together:.0f} ms in one process, {apart:.0f} ms in one each.")


if __name__ == "__main__":
    main()
