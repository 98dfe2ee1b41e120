"""`python -m MODULE …` without its imports: forked from a server that has done them, and has done nothing else."""

import multiprocessing
import os
import subprocess
import sys
import traceback
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

# Not from the test's own process: a solver that has run there may hold a lock for ever.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    ["numpy", "z3", "highspy", "flint", "pysat.solvers", "networkx"]
    + ["relucert.certificates.__main__", "relucert.__main__"]
    + [f"relucert.verify.commands.{name}" for name in ("group", "catalogue", "certify", "check", "losses", "reduce")]
    + [f"relucert.verify.{name}" for name in ("decide", "isolate", "provers.sat", "provers.lp_prover")]
    + [f"relucert.verify.provers.{name}" for name in ("z3_prover", "linear_program", "derivation")]
)

MODES = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT)


def run(module, *arguments, text="", cwd=None, environment=None, constants=None):
    """What subprocess.run gives for `python -m module arguments` with `text` as standard input and more variables.

    constants: {"package.module.NAME": value}, in that process.
    """
    words = [str(word) for word in arguments]
    with TemporaryDirectory() as name:
        streams = [Path(name, stream) for stream in ("in", "out", "err")]
        streams[0].write_text(text)
        variables, constants = os.environ | (environment or {}), constants or {}
        child = SERVER.Process(target=_become, args=(module, words, cwd or Path.cwd(), variables, constants, streams))
        child.start()
        child.join()
        out, err = (stream.read_bytes().decode() for stream in streams[1:])
    return subprocess.CompletedProcess([module, *words], child.exitcode, out, err)


def _become(module, words, cwd, variables, constants, streams):
    code = 1
    try:
        for descriptor, (stream, flags) in enumerate(zip(streams, MODES, strict=True)):
            os.dup2(os.open(stream, flags), descriptor)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(i, mode, closefd=False) for i, mode in enumerate("rww"))
        os.environ.clear()
        os.environ.update(variables)
        os.chdir(cwd)
        sys.argv = [module, *words]
        for name, value in constants.items():
            place, _, constant = name.rpartition(".")
            setattr(import_module(place), constant, value)
        try:
            code = import_module(f"{module}.__main__").main()
        except SystemExit as end:
            code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)
