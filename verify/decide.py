"""Deciding an instance: every case of its encoding, one independent part of the formula at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from relucert.certificates.encoding import Encoding
from relucert.certificates.kernel import Formula, Rejected, Rup, Step
from relucert.certificates.properties import Property
from relucert.certificates.writer import No, RefutedCase, Yes
from relucert.reductions.problem import Problem
from relucert.verify.problems import SEARCHES
from relucert.verify.provers.base import Answer, Deadline, Model, OutOfTime, Prover, Refutation, Unknown
from relucert.verify.provers.cuts import CuttingPlanes
from relucert.verify.provers.derivation import DoesNotFollow
from relucert.verify.provers.in_common import settled
from relucert.verify.provers.replay import refute
from relucert.verify.provers.trimming import shortened
from relucert.verify.search import AnySearch, Normal, NoSearch, Searches

SHARE = 1 / 4  # of the time that is left, for a smaller instance


def decide(
    problem: Problem[Any, Any], instance: Any, prover: Prover | None, deadline: Deadline, below: bool = False,
    claimed: Property | None = None, searches: Searches = SEARCHES,
) -> Yes | No | Unknown:  # fmt: skip
    """YES with a witness that the problem accepts, NO with a refutation of every case, or UNKNOWN with the reason.

    prover: None if there is none, for what takes none. below: whether a loss can be less than the threshold, instead of
    at most that. claimed: whether there is a solution without this property, so that NO proves the lemma. Guesses are
    for neither of these, nor are special searches, but for those that say so. Without an encoding the answer is YES, by
    brute force, or UNKNOWN.
    """
    try:
        if below or claimed is not None:
            search = searches[problem.name]
            if below and (special := searches.search_for(problem, instance)).strictly:
                search = special
        else:
            search = searches.search_for(problem, instance)
            guess = search.guess(instance)
            if guess is not None and problem.accepts(instance, guess):
                return Yes(guess)
        if claimed is None and (normal := search.normal(instance, below)) is not None:
            return decide_normal(search, normal, problem, instance, prover, deadline, searches)
        if claimed is None and not below:
            for smaller, witness_of in search.smaller(instance):
                answer = decide(problem, smaller, prover, deadline.part(SHARE), searches=searches)
                if isinstance(answer, Yes):
                    return Yes(witness_of(answer.witness))
        if search.encoding is not None:
            return decide_by_cases(search, search.encoding, problem, instance, prover, deadline, below, claimed)
        if not below and claimed is None:
            with suppress(NoSearch):
                witness = search.by_brute_force(instance)
                if witness is not None and problem.accepts(instance, witness):
                    return Yes(witness)
        return Unknown(f"{problem.name} has no encoding, so nothing can be refuted")
    except OutOfTime:
        return Unknown("time")
    except DoesNotFollow:
        return Unknown("the proof has a gap")
    except NoSearch as missing:
        return Unknown(str(missing))
    except Rejected as unsupported:
        return Unknown(f"unsupported: {unsupported}")


def find(
    problem: Problem[Any, Any], instance: Any, deadline: Deadline, searches: Searches = SEARCHES, quickly: bool = False
) -> Yes | Unknown:
    """YES by a search that proves nothing if it finds no solution, or UNKNOWN. quickly: by the quick one."""
    search = searches.search_for(problem, instance)
    normal = search.normal(instance, False)
    if normal is not None and normal.instance is not None:
        found = find(problem, normal.instance, deadline, searches, quickly)
        return Yes(normal.witness(found.witness)) if isinstance(found, Yes) else found
    finder = search.quick_finder(instance) if quickly else search.finder(instance)
    try:
        witness = finder(deadline) if finder else None
    except OutOfTime:
        return Unknown("time")
    return Yes(witness) if witness is not None and problem.accepts(instance, witness) else Unknown("nothing found")


def decide_normal(
    search: AnySearch, normal: Normal[Any, Any], problem: Problem[Any, Any], instance: Any, prover: Prover | None,
    deadline: Deadline, searches: Searches,
) -> Yes | No | Unknown:  # fmt: skip
    """The answer by that of an instance in normal form, of the same cases."""
    if normal.instance is None:
        assert search.encoding is not None
        cases = search.encoding.cases(instance)
        return No(tuple(RefutedCase(case, normal.choice(None), (Rup(2, (), (1,)),)) for case in cases))
    answer = decide(problem, normal.instance, prover, deadline, normal.below, searches=searches)
    if isinstance(answer, Yes):
        return Yes(normal.witness(answer.witness))
    if isinstance(answer, No):
        cases = tuple(refuted._replace(symmetry=normal.choice(refuted.symmetry)) for refuted in answer.cases)
        return replace(answer, cases=cases)
    return answer


def decide_by_cases(
    search: AnySearch, encoding: Encoding[Any, Any], problem: Problem[Any, Any], instance: Any,
    prover: Prover | None, deadline: Deadline, below: bool, claimed: Property | None,
) -> Yes | No | Unknown:  # fmt: skip
    """The answer by the formulas of all cases, each under the search's choices in turn."""
    refuted = []
    cases, formula_of = encoding.cases(instance), encoding.formulas(instance, below)

    def stated(case: int, choice: Any) -> Formula:
        deadline.spend(encoding.words(instance, choice, claimed or ()) // 8)  # what a formula costs to build
        return formula_of(case, choice) if claimed is None else encoding.exceptions(instance, case, choice, claimed)

    middle = cases[-1] + cases[0]  # doubled; there most solutions are, and they take longest to refute
    for done, case in enumerate(sorted(cases, key=lambda case: (abs(2 * case - middle), -case))):
        deadline.tell(f"case {done + 1} of {len(cases)}", None)
        improve = None
        if prover and claimed is None and not below:
            found = search.by_algorithm(instance, case, prover.name, deadline)
            if isinstance(found, RefutedCase):
                refuted.append(found)
                continue
            if found is not None and problem.accepts(instance, found):
                return Yes(found)
        if claimed is None:
            choices = search.choices(instance, case)
            improve = partial(search.improve, instance, case, below)
        else:  # a better solution may have the property that the model lacks
            choices = search.choices_of_exceptions(instance, case, claimed)
        for choice in choices:
            answer: Answer | None = None
            if claimed is None and not below:
                seen = search.without_prover(instance, case, choice, partial(stated, case, choice), deadline)
                if isinstance(seen, Yes):
                    return seen
                answer = seen
            if answer is None:
                if prover is None:
                    return Unknown("there is no prover")
                formula = stated(case, choice)
                failing = failures(formula, claimed) if claimed is not None else ()
                answer = solve(search, instance, case, formula, CuttingPlanes(prover, improve), deadline, failing)
            if isinstance(answer, Unknown):
                return answer
            if isinstance(answer, Refutation):
                refuted.append(RefutedCase(case, choice, answer.steps))
                break
            witness = search.witness(instance, case, answer)
            if problem.accepts(instance, witness):
                return Yes(witness)
        else:
            assert prover  # or the loop would have ended
            return Unknown(f"{prover.name}: the model does not solve the instance")
    no = No(tuple(sorted(refuted, key=lambda one: one.case)))
    return settled(encoding, instance, no, below) if claimed is None else no


def failures(exceptions: Formula, claimed: Property) -> Sequence[int]:
    """The atoms that say which disjunction of the property fails. Only those of its inequalities come after them."""
    inequalities = sum(len(part) for parts in claimed for part in parts)
    end = exceptions.last_atom - inequalities + 1
    return range(end - len(claimed), end)


def solve(
    search: AnySearch, instance: Any, case: int, formula: Formula, prover: Prover, deadline: Deadline,
    failing: Sequence[int] = (),
) -> Answer:  # fmt: skip
    """Solve the formula of a case with the help of what can be derived beforehand, which may be all it takes.

    failing: of exceptions to a property, the literals that say which part of it fails, of which one is true.
    """
    derived: Sequence[Step]
    stated = formula.clauses
    if failing:
        formula, derived = search.derive_of_exceptions(instance, case, formula, failing, deadline)
    else:
        formula, derived = search.derive(instance, case, formula, deadline)
    answer: Answer | None = None
    if derived:
        contradiction = not formula.clauses[formula.last_id]
        found = Refutation(()) if contradiction else refute(formula, [], deadline)
        if isinstance(found, Refutation):
            answer = found
    answer = answer or solve_by_parts(formula, prover, deadline)
    if isinstance(answer, Refutation):
        return Refutation(shortened(stated, (*derived, *answer.steps)))
    return answer


def solve_by_parts(formula: Formula, prover: Prover, deadline: Deadline) -> Model | Refutation | Unknown:
    """Solve the parts that share no atom and no variable, smallest first: one refuted part refutes the formula."""
    reals: dict[int, Fraction] = {}
    true: set[int] = set()
    unknown = None
    for part in independent_parts(formula):
        answer = prover.solve(part, deadline)
        if isinstance(answer, Refutation):
            return answer
        if isinstance(answer, Unknown):
            unknown = answer
        else:
            reals |= answer.reals
            true |= answer.true & part.atoms.keys()  # a solver may give values to numbers that it does not know
    return unknown or Model(reals, frozenset(true))


class Components:
    """Disjoint sets of numbers other than 0. The class of networkx would do, but to import it takes longer than most
    decisions."""

    def __init__(self) -> None:
        self.parent: dict[int, int] = {}

    def __getitem__(self, node: int) -> int:
        """The representative of the node's set."""
        return self.join((node,))

    def join(self, nodes: Iterable[int]) -> int:
        """Makes one set of the sets of these nodes, and returns its representative."""
        parent, root = self.parent, 0
        for node in nodes:
            above = parent.setdefault(node, node)
            while above != node:
                parent[node] = node = parent[above]
                above = parent[node]
            if not root:
                root = node
            parent[node] = root
        return root


def independent_parts(formula: Formula) -> list[Formula]:
    """The connected components of the clauses, where sharing an atom or a real variable connects.

    Ids and atoms keep their numbers, so a refutation of a part is one of the formula. Without biases, samples with
    disjoint supports are independent: a gadget in coordinates of its own is refuted on its own.
    """
    connected = Components()  # of atoms, and of variables v as ~v
    constraints: dict[int, Any] = {**formula.clauses, **{n: c.terms for n, c in formula.pseudo_booleans.items()}}
    for literals in constraints.values():
        connected.join(map(abs, literals))
    atoms = [*connected.parent]
    for atom in atoms:
        if (meaning := formula.atoms[atom]) is not None:
            connected.join((atom, *(~v for v, _ in meaning.terms)))
    for square in formula.squares.values():
        connected.join((~square.variable, *(~v for v, _ in square.terms)))
    if all(constraints.values()) and len({connected[node] for node in [*connected.parent]}) == 1:
        return [replace(formula, atoms={atom: formula.atoms[atom] for atom in atoms}, clauses=dict(formula.clauses))]
    parts: dict[Any, Formula] = {}

    def part_of(root: Any) -> Formula:
        return parts.setdefault(root, Formula(last_atom=formula.last_atom, last_id=formula.last_id))

    for number, literals in constraints.items():
        root = connected[abs(next(iter(literals)))] if literals else None
        part = part_of(root)
        if number in formula.clauses:
            part.clauses[number] = formula.clauses[number]
        else:
            part.pseudo_booleans[number] = formula.pseudo_booleans[number]
        for literal in literals:
            part.atoms[abs(literal)] = formula.atoms[abs(literal)]
    for number, square in formula.squares.items():
        part_of(connected[~square.variable]).squares[number] = square
    return sorted(parts.values(), key=lambda part: len(part.clauses))
