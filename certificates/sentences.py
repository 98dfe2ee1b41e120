"""What an accepted certificate proves, in one sentence."""

from __future__ import annotations

from relucert.certificates.about import AnyProblem
from relucert.certificates.claim import Proved
from relucert.reductions.exact import short

SAID = {"YES": "some", "NO": "no"}


def sentence(kind: str, proved: Proved) -> str:
    """kind: of the claim. Numbers are shortened."""
    problem, instance, answer, r = proved.problem, proved.instance, proved.answer, proved.reduction
    if problem is None:
        return proved.statement.text if proved.statement else ""
    if proved.target_problem is not None:
        first, _, second = answer.partition("/")
        of_source = _side(problem, instance, first)
        of_target = _side(proved.target_problem, proved.target, second or first)
        return f"{of_source}, {'but' if second else 'and'} {of_target}"
    if kind == "promise" and r is not None and answer == "NO":
        instance = r.promised(instance)
    of = "the source" if kind == "promise" else "it"
    sought = problem.sought(instance)
    if kind == "lemma":
        return f"whatever {sought}, it has the property that the certificate states"
    if kind == "minimum":
        return f"some {sought}, and none has less"
    if kind == "bounds" and proved.low is not None:
        return f"some {sought}, and none has less than {short(proved.low)}"
    said = f"{SAID[answer]} {sought}"
    if r is None:
        return said
    has = "has a solution" if answer == "YES" else "has none either"
    return f"{said}, and the {r.target.name} instance that the reduction makes of {of} {has}"


def _side(problem: AnyProblem, instance: object, said: str) -> str:
    if said == "FAILS":
        return f"what is shown for the {problem.name} instance does not solve it"
    return f"{SAID[said]} {problem.sought(instance)}"
