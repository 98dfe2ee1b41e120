"""`sweep`: all instances of a family up to a bound, one of each isomorphism class, have the answers of their targets.

That the list is complete follows from the number of labelled instances and the automorphisms of those that are listed;
whoever listed them has nothing to say about it (SPEC.md, section 8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved, Statement
from relucert.certificates.claims.agreement import CLAIM as AGREEMENT
from relucert.certificates.claims.equivalence import CLAIM as EQUIVALENCE
from relucert.certificates.claims.equivalence import stated_reduction
from relucert.certificates.evidence import AnyProblem, Evidence, fields
from relucert.certificates.families.family import Family, Labelled, Shape
from relucert.certificates.isomorphism import canonical
from relucert.certificates.kernel import Malformed, Rejected
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.json_text import dumps, json_count, json_fields, json_int
from relucert.reductions.parameters import json_of, read_parameters


class Sweep(Claim):
    kind = "sweep"
    fields = ("problem", "family", "upto", "given", "reduction", "parameters", "answers")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        problem, family = evidence.problem(claim["problem"]), evidence.family(claim["family"])
        if problem.name not in family.problems:
            raise Malformed(f"the family {family.name} is not of {problem.name}")
        upto, given = json_int(claim["upto"], "upto", 0), claim["given"]
        if upto > family.most:
            raise InvalidInstance(f"the bound of {family.name} is at most {family.most}, not {shorten(upto)}")
        said = json_fields(claim["answers"], {"NO", "YES"})
        counts = Counter({answer: json_count(said[answer], answer) for answer in ("YES", "NO")})
        if type(given) is not dict or given.keys() != problem.parameters.keys():
            raise Malformed(f"what all instances have in common is {', '.join(problem.parameters) or 'nothing'}")
        arguments = read_parameters(problem.parameters, given)
        if dumps(json_of(arguments)) != dumps(given):
            raise Malformed("the parameters are not in canonical form")
        r = None
        if claim["reduction"] is not None:
            r = stated_reduction(claim, evidence)
            if r.source is not problem:
                raise Malformed(f"{r.name} is about {r.source.name}, not about {problem.name}")
        elif claim["parameters"] != {}:
            raise Malformed("parameters are those of a reduction")
        classes = Classes(problem, family, arguments, upto, evidence)
        for _ in range(counts.total()):
            with evidence.meter.holding():
                member = evidence.member()
                proved = _equivalence(claim, member, evidence) if r else _agreement(claim, member, evidence)
                one = classes.of(proved.instance)
            classes.add(*one)
            counts[proved.answer] -= 1
            if counts[proved.answer] < 0:
                raise Rejected(f"there are more instances with the answer {proved.answer} than are claimed")
        evidence.at = None
        classes.require_all()
        total = sum(said.values())
        text = f"all {family.described(upto)} up to isomorphism, {total:,} of them, have the answers of their targets"
        text += f": {said['YES']:,} YES, {said['NO']:,} NO"
        name, known = (r.name, {**problem.parameters, **r.parameters}) if r else (problem.name, problem.parameters)
        statement = Statement(name, known, arguments | (r.arguments if r else {}), text)
        return Proved("HOLDS", None, dict(claim), r, statement=statement)


def _equivalence(claim: Mapping[str, Any], member: dict[str, Any], evidence: Evidence) -> Proved:
    fields(member, "answer", "source", "target_sha256")
    common = {"reduction": claim["reduction"], "parameters": claim["parameters"]}
    return EQUIVALENCE.check({**common, **member}, evidence)


def _agreement(claim: Mapping[str, Any], member: dict[str, Any], evidence: Evidence) -> Proved:
    fields(member, "answer", "source", "target", "target_problem")
    return AGREEMENT.check({"source_problem": claim["problem"], "remark": "", **member}, evidence)


class Classes:
    """The isomorphism classes that have been listed.

    left: how many labelled instances of each shape are in none of them. seen: their canonical forms.
    """

    def __init__(
        self, problem: AnyProblem, family: Family[Any], arguments: Mapping[str, Any], upto: int, evidence: Evidence
    ) -> None:
        self.problem, self.family, self.arguments, self.meter = problem, family, arguments, evidence.meter
        self.shapes: Mapping[Shape, Labelled] = family.shapes(problem.name, arguments, upto)
        self.left = {shape: labelled.instances for shape, labelled in self.shapes.items()}
        self.seen: set[tuple[Shape, str]] = set()

    def of(self, instance: Any) -> tuple[Shape, str, int]:
        """Shape, canonical form and automorphisms of an instance."""
        words = self.problem.size(instance).words
        self.meter.spend(words)
        for name, value in self.arguments.items():
            if getattr(instance, name) != value:
                raise Rejected(f"the instance has another value of {name} than is claimed")
        shape = self.family.shape(instance)
        if shape not in self.shapes:
            raise Rejected(f"the instance is not one of the {self.family.name} that are claimed")
        self.meter.hold(2000 + 8 * words)
        form, automorphisms = canonical(self.family.structure(instance), self.meter)
        return shape, dumps(form), automorphisms

    def add(self, shape: Shape, form: str, automorphisms: int) -> None:
        self.meter.hold(40 + len(form) // 8)
        if (shape, form) in self.seen:
            raise Rejected("an isomorphic instance stands in the list before")
        self.seen.add((shape, form))
        self.left[shape] -= self.shapes[shape].group // automorphisms

    def require_all(self) -> None:
        for shape, left in self.left.items():
            if left:
                of = f"of the shape {shorten(shape)}"
                raise Rejected(f"{shorten(left)} labelled instances {of} are isomorphic to none that is listed")


CLAIM = Sweep()
