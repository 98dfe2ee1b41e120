"""Provers of both answers. `provers_for` says which of them decide a problem."""

from __future__ import annotations

from typing import Any

from reductions.core import Problem
from reductions.problems.training import TRAINING
from verify.provers.base import Prover


def provers_for(problem: Problem[Any, Any], choice: str = "auto") -> list[Prover]:
    """The provers to race: for training z3, lp or both (auto); propositional problems go to the SAT solver."""
    if problem is not TRAINING:
        from verify.provers.sat import SatProver

        return [SatProver()]
    provers: list[Prover] = []
    if choice in ("z3", "auto"):
        from verify.provers.lp_prover import LpProver
        from verify.provers.z3_prover import Z3Prover

        provers.append(Z3Prover(lambda formula, lemmas, deadline: LpProver().solve(formula, deadline, lemmas)))
    if choice in ("lp", "auto"):
        from verify.provers.lp_prover import LpProver

        provers.append(LpProver())
    return provers
