"""Z3 as a prover. Its log of clauses yields theory clauses with multipliers, of which `replay` makes a refutation."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any

from relucert.certificates.kernel import Formula, Linear
from relucert.verify.provers.base import Answer, Deadline, Model, Refutation, Unknown
from relucert.verify.provers.replay import (
    NormalForm,
    TheoryClause,
    bound_clauses,
    introduce,
    normal_form,
    refute,
    unit_clauses,
)
from relucert.verify.smtlib import number, number_of, total

MOST_WORK = 2**32 - 1  # that Z3 can be told
VALUE = re.compile(r"\(define-fun (\w+) \(\) (?:Real|Bool)\s+(.*?)\)\s*(?=\(define-fun|\)|$)", re.DOTALL)
Completion = Callable[[Formula, list[TheoryClause], Deadline], Answer]


class Z3Prover:
    """Decides by Z3, and believes nothing of its log: a theory clause counts once it has been verified.

    Some hints of Z3 come without multipliers. Should the others not suffice, `complete` may go on from their clauses;
    the formula it is given has additional atoms, those that Z3 has made up.
    """

    name = "z3"

    def __init__(self, complete: Completion | None = None) -> None:
        self.complete = complete

    def solve(self, formula: Formula, deadline: Deadline) -> Answer:
        """First without the log, which takes several times as long as the search, and which a model does without."""
        text = smtlib(formula)
        silent = Run(text, False, deadline)
        if silent.verdict == "sat":
            return exact_model(formula, silent.solver.model())
        if silent.verdict == "unknown":
            return Unknown(f"z3: {silent.solver.reason_unknown()}")
        logged = Run(text, True, deadline)
        if logged.verdict != "unsat":
            return Unknown(f"z3: {logged.solver.reason_unknown()}")
        reader = LogReader(formula)
        theory = [valid for hint in logged.hints.values() for valid in reader.theory(hint)]
        theory += bound_clauses(reader.formula)
        answer: Answer | frozenset[int] = refute(reader.formula, theory, deadline)
        if isinstance(answer, frozenset) and self.complete:
            answer = self.complete(reader.formula, theory, deadline)
        if isinstance(answer, Refutation):
            return introduce(formula, reader.formula, answer)
        return Unknown("z3: proof not replayable") if isinstance(answer, frozenset) else answer


class Run:
    """Z3 has been asked about a text. hints: what it has logged, by address; to keep one is to keep all its parts."""

    def __init__(self, text: str, logs: bool, deadline: Deadline) -> None:
        import z3  # not above, because certificates can be checked without it

        context = z3.Context()  # of its own, because an interrupted solver can leave its context broken
        self.solver = solver = z3.Solver(ctx=context)
        self.hints = hints = dict[int, Any]()
        solver.set("euf", True)  # the only core that logs multipliers
        solver.set("ctrl_c", False)  # an interrupt is for Python
        solver.from_string(text)

        @z3.Z3_on_clause_eh
        def log(_context: object, address: int, *_dependencies_and_clause: object) -> None:
            if address not in hints:
                hints[address] = z3.ExprRef(z3.to_Ast(address), context)

        if logs:
            z3.Z3_solver_register_on_clause(context.ref(), solver.solver, None, log)
        # Limits of Z3's own would switch the log off. The search that is logged is one that has ended within them.
        if deadline.work is not None and not logs:
            solver.set("rlimit", min(deadline.work, MOST_WORK))
        alarm = threading.Timer(min(deadline.remaining(), threading.TIMEOUT_MAX), solver.interrupt)
        alarm.start()
        try:
            self.verdict = str(solver.check())
        finally:
            alarm.cancel()
            # It holds the solver. If it ended last it would free it, while this thread frees what else the context has,
            # and of two threads in one context one may never return.
            alarm.join()
        deadline.spend(solver.statistics().get_key_value("rlimit count"))


def smtlib(formula: Formula) -> str:
    """The clauses in SMT-LIB 2.6: x5 is the real variable 5, a7 the atom 7.

    Z3 reads a text in a tenth of the time that it takes to build the same expressions one by one in Python. Atoms get
    their names by `let`: what is defined by `define-fun` would be shown with every model, and that takes longer than
    most searches.
    """
    lines = [f"(declare-const x{v} Real)" for v in variables(formula)]
    lines += [f"(declare-const a{atom} Bool)" for atom, meaning in formula.atoms.items() if meaning is None]
    named = " ".join(f"(a{atom} {inequality(meaning)})" for atom, meaning in formula.atoms.items() if meaning)
    lines.append(f"(assert (let ({named}) (and true")
    for clause in formula.clauses.values():
        literals = " ".join(f"a{at}" if at > 0 else f"(not a{-at})" for at in clause)
        lines.append(f"(or {literals})" if clause else "false")
    return "\n".join([*lines, ")))"])


def inequality(meaning: Linear) -> str:
    left = total(f"(* {number(a)} x{v})" for v, a in meaning.terms)
    return f"({'<' if meaning.strict else '<='} {left} {number(meaning.bound)})"


def variables(formula: Formula) -> list[int]:
    """The real variables."""
    return sorted({v for meaning in formula.atoms.values() if meaning for v, _ in meaning.terms})


def exact_model(formula: Formula, model: Any) -> Answer:
    if formula.pseudo_booleans:
        return Unknown("unsupported: pseudo-Boolean constraints")  # Z3 does not know them
    shown = dict(VALUE.findall(model.sexpr()))  # to ask for values one by one takes as long as to find them
    values = {v: number_of(shown.get(f"x{v}", "0.0")) for v in variables(formula)}
    common = lcm(*(x.denominator for x in values.values()))
    numerators = {v: x.numerator * (common // x.denominator) for v, x in values.items()}
    true = set()
    for atom, meaning in formula.atoms.items():
        if meaning is None:
            holds = shown.get(f"a{atom}") == "true"
        else:
            excess = sum(a * numerators[v] for v, a in meaning.terms) - meaning.bound * common
            holds = excess < 0 or (excess == 0 and not meaning.strict)
        if holds:
            true.add(atom)
    return Model(values, frozenset(true))


# ------------------------------------------------------------------------------------------------------ reading the log

Number = Fraction | int
Form = dict[int | None, Number]  # Σ coefficient · variable, and a constant under None


@dataclass(frozen=True, slots=True)
class Equality:
    """The fact p = c or, if denied, p ≠ c, by the literal of p ≤ c."""

    at_most: int
    denied: bool


class LogReader:
    """Reads Z3's hints as theory clauses over the atoms of a formula, to which it adds atoms for what Z3 has made up.

    What has been read is kept under the address of its expression: hints share most of their parts, and wrapping each
    part in Python again would take longer than finding the proof.
    """

    def __init__(self, formula: Formula) -> None:
        self.formula = replace(formula, atoms=dict(formula.atoms))
        self.units = unit_clauses(formula)
        self.literals: dict[NormalForm, tuple[int, int]] = {}  # the literal is a multiple of the normal form
        self.multipliers: dict[int, Number] = {}
        self.forms: dict[int, Form] = {}
        self.facts: dict[int, tuple[int, Number] | Equality | None] = {}
        for atom, meaning in formula.atoms.items():
            if meaning is not None:
                sign, form, content = normal_form(meaning)
                self.literals.setdefault(form, (sign * atom, content))

    def theory(self, hint: Any) -> list[TheoryClause]:
        """The theory clauses of a hint (rule m₁ fact₁ m₂ fact₂ …), which says that its facts contradict each other."""
        import z3

        rule = hint.decl().name()
        if rule not in ("farkas", "bound", "implied-eq", "euf"):
            return []
        context = hint.ctx.ref()
        application = z3.Z3_to_app(context, hint.ast)
        addresses = [z3.Z3_get_app_arg(context, application, i).value for i in range(hint.num_args())]
        inequalities: dict[int, Number] = {}
        equalities = []
        m: Number = 1
        for i, address in enumerate(addresses):
            if rule != "euf" and i % 2 == 0:  # that rule lists facts only
                if address not in self.multipliers:
                    self.multipliers[address] = whole(Fraction(hint.arg(i).as_string()))
                m = self.multipliers[address]
                continue
            if address not in self.facts:
                self.facts[address] = self.read(hint.arg(i))
            fact = self.facts[address]
            if isinstance(fact, Equality):
                equalities.append(fact)
            elif fact:
                literal, factor = fact
                inequalities[literal] = inequalities.get(literal, 0) + m * factor
        if equalities:
            return self.balanced(inequalities, equalities)
        return [TheoryClause.from_facts(inequalities, self.units)]

    def read(self, expression: Any) -> tuple[int, Number] | Equality | None:
        """The literal that an inequality is a multiple of, and the factor; None if this is no linear fact."""
        denied = expression.decl().name() == "not"
        if denied:
            expression = expression.arg(0)
        relation = expression.decl().name()
        if relation not in ("<=", "<", ">=", ">", "="):
            return None
        left, right = expression.children()
        try:
            form = plus(self.linear(left), self.linear(right), -1)
        except ValueError:
            return None
        if relation == "=":
            return Equality(self.literal(form, strict=False)[0], denied)
        if relation.startswith(">") != denied:
            form = plus({}, form, -1)
        return self.literal(form, strict=("=" in relation) == denied)

    def linear(self, expression: Any) -> Form:
        """A sum of multiples of variables and numbers; ValueError if the expression has other parts."""
        address = expression.ast.value
        if address not in self.forms:
            operation, parts = expression.decl().name(), expression.children()
            if operation == "+":
                form: Form = {}
                for part in parts:
                    form = plus(form, self.linear(part), 1)
            elif operation == "*":
                form = plus({}, self.linear(parts[1]), parts[0].as_fraction())
            elif hasattr(expression, "as_fraction"):
                form = {None: expression.as_fraction()}
            else:
                form = {int(operation[1:]): 1}
            self.forms[address] = form
        return self.forms[address]

    def literal(self, form: Form, strict: bool) -> tuple[int, Number]:
        """The literal that form ≤ 0 (< 0 if strict) is a multiple of, and the factor."""
        scale = lcm(*(a.denominator for a in form.values()))
        terms = tuple(sorted((v, int(a * scale)) for v, a in form.items() if a and v is not None))
        sign, normal, content = normal_form(Linear(terms, int(-form.get(None, 0) * scale), strict))
        if normal not in self.literals:
            coprime, bound, strict = normal
            fresh = Linear(tuple((v, a * bound.denominator) for v, a in coprime), bound.numerator, strict)
            self.literals[normal] = self.formula.new_atom(fresh), bound.denominator
        literal, factor = self.literals[normal]
        return sign * literal, whole(Fraction(content, scale * factor))

    def form(self, literal: int) -> Form:
        """The form of which the literal says that it is ≤ 0 or < 0."""
        meaning = self.formula.atoms[abs(literal)]
        sign = 1 if literal > 0 else -1
        return {None: -sign * meaning.bound, **{v: sign * a for v, a in meaning.terms}}

    def reverse(self, literal: int) -> tuple[int, Number]:
        """For the literal of p ≤ c: that of p ≥ c, and the factor from its form to the negated form of p ≤ c."""
        return self.literal(plus({}, self.form(literal), -1), strict=False)

    def balanced(self, inequalities: dict[int, Number], equalities: Sequence[Equality]) -> list[TheoryClause]:
        """Those of a hint with equalities. Their multipliers are placeholders: the right ones cancel variables.

        To deny an equality is to claim one of two strict inequalities, so this gives two clauses. Along with it the
        inequalities have placeholders too; there each p ≤ c comes with p ≥ c, and they count as equalities.
        """
        free = [at.at_most for at in equalities if not at.denied]
        denied = [at.at_most for at in equalities if at.denied]
        targets = [inequalities]
        if denied:
            free += inequalities
            targets = [{-side: 1} for at_most in denied for side in (at_most, self.reverse(at_most)[0])]
        rows = [self.form(at) for at in free]
        theory = []
        for target in targets:
            total: Form = {}
            for literal, m in target.items():
                total = plus(total, self.form(literal), m)
            facts = dict(target)
            for row, factor in cancelling(total, rows).items():
                side, ratio = (free[row], 1) if factor > 0 else self.reverse(free[row])
                facts[side] = facts.get(side, 0) + ratio * abs(factor)
            theory.append(TheoryClause.from_facts(facts, self.units))
        return theory


def plus(form: Form, other: Form, factor: Number) -> Form:
    """form + factor · other, without zeros."""
    total = dict(form)
    for v, a in other.items():
        total[v] = total.get(v, 0) + factor * a
    return {v: a for v, a in total.items() if a}


def cancelling(total: Form, rows: Sequence[Form]) -> dict[int, Fraction]:
    """Factors with which multiples of the rows cancel the variables of the total as far as possible."""
    basis: list[tuple[int, Form, dict[int, Fraction]]] = []  # a variable, a form, and how the rows make this form

    def reduced(form: Form, made: Form) -> tuple[Form, Form]:
        for pivot, row, of in basis:
            if pivot in form:
                factor = Fraction(-form[pivot], row[pivot])
                form, made = plus(form, row, factor), plus(made, of, factor)
        return form, made

    for i, row in enumerate(rows):
        rest, made = reduced(row, {i: 1})
        pivot = next((v for v in rest if v is not None), None)
        if pivot is not None:
            basis.append((pivot, rest, made))
    return reduced(total, {})[1]


def whole(number: Fraction) -> Number:
    """The number as an int if it is one: arithmetic is much faster then."""
    return number.numerator if number.denominator == 1 else number
