"""`python -m benchmarks.peers.ask PROGRAM FILE…`: what one program says, as a line of JSON; a process of its own.

FILES are SMT-LIB texts, or mixed-integer programs as JSON, one for each case; if none has a solution the answer is NO.
Imports nothing of relucert, so that a program's time is that of the program, of reading, and of starting Python.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent

Said = dict[str, Any]  # answer: YES, NO or UNKNOWN; case: of a YES; values: of the variables, by name or in order


# -------------------------------------------------------------------------------------------------------------- SMT-LIB


def of_command(command: Sequence[str], file: str) -> str:
    done = subprocess.run([*command, file], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout


def z3(file: str) -> str:
    return of_command([f"{BIN}/z3"], file)


def yices(file: str) -> str:
    return of_command([f"{BIN}/yices-smt2"], file)


def cvc5(file: str) -> str:
    import cvc5 as api

    solver = api.Solver(api.TermManager())
    parser = api.InputParser(solver)
    parser.setFileInput(api.InputLanguage.SMT_LIB_2_6, file)
    symbols, printed = parser.getSymbolManager(), []
    while not (command := parser.nextCommand()).isNull():
        printed.append(command.invoke(solver, symbols))
        if printed[-1].strip() in ("unsat", "unknown"):
            break
    return "".join(printed)


def satisfiable(run: Callable[[str], str], files: Sequence[str]) -> Said:
    unknown = []
    for case, file in enumerate(files):
        printed = run(file)
        word, _, rest = printed.strip().partition("\n")
        if word == "sat":
            return {"answer": "YES", "case": case, "values": model(rest)}
        if word != "unsat":
            unknown.append(" ".join(printed.split())[:200] or "it ended without an answer")
    return {"answer": "UNKNOWN", "note": unknown[0]} if unknown else {"answer": "NO"}


def model(text: str) -> dict[str, str | bool | None]:
    """What get-value printed: rationals as P/Q, truth values, None for what is neither."""
    words = re.findall(r"\(|\)|[^\s()]+", text)
    place = 0

    def term() -> Any:
        nonlocal place
        word = words[place]
        place += 1
        if word != "(":
            return word
        inside = []
        while words[place] != ")":
            inside.append(term())
        place += 1
        return inside

    try:
        return {name: _value(value) for name, value in term()}
    except (IndexError, ValueError, TypeError):
        return {}


def _value(term: Any) -> str | bool | None:
    if term in ("true", "false"):
        return bool(term == "true")
    try:
        return str(_rational(term))
    except (ValueError, ZeroDivisionError, TypeError, RecursionError):
        return None


def _rational(term: Any) -> Fraction:
    match term:
        case str():
            return Fraction(term)
        case ["-", inner]:
            return -_rational(inner)
        case ["/", upper, lower]:
            return _rational(upper) / _rational(lower)
    raise ValueError(term)


# ----------------------------------------------------------------------------------------------- mixed-integer programs


def highs(program: dict[str, Any]) -> tuple[str, list[float]]:
    """Indicators as rows with a large constant; there are no squares in HiGHS's rows."""
    import highspy

    if program["squares"]:
        return "it has no quadratic constraints", []
    solver, infinity = highspy.Highs(), highspy.kHighsInf
    solver.setOptionValue("output_flag", False)
    for i, (lower, upper, integer) in enumerate(program["variables"]):
        solver.addVar(-infinity if lower is None else lower, infinity if upper is None else upper)
        if integer:
            solver.changeColIntegrality(i, highspy.HighsVarType.kInteger)
    rows = [list(row) for row in program["rows"]]
    for binary, value, terms, upper, most in program["indicators"]:
        slack = most if value else -most
        rows.append([[*terms, [binary, slack]], None, upper + (most if value else 0)])
    for terms, lower, upper in rows:
        solver.addRow(
            -infinity if lower is None else lower,
            infinity if upper is None else upper,
            len(terms),
            [v for v, _ in terms],
            [c for _, c in terms],
        )
    solver.run()
    status = solver.modelStatusToString(solver.getModelStatus())
    return status.lower(), list(solver.getSolution().col_value)


def scip_model(program: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The program as SCIP has it, without a goal, and its variables."""
    from pyscipopt import Model, quicksum

    solver = Model()
    solver.hideOutput()
    variables = [
        solver.addVar(lb=lower, ub=upper, vtype="B" if integer else "C")
        for lower, upper, integer in program["variables"]
    ]

    def linear(terms: Any) -> Any:
        return quicksum(c * variables[v] for v, c in terms)

    for terms, lower, upper in program["rows"]:
        if lower is not None and lower == upper:
            solver.addCons(linear(terms) == lower)
        elif lower is not None:
            solver.addCons(linear(terms) >= lower)
        if upper is not None and lower != upper:
            solver.addCons(linear(terms) <= upper)
    for binary, value, terms, upper, _ in program["indicators"]:
        solver.addConsIndicator(linear(terms) <= upper, binvar=variables[binary], activeone=bool(value))
    for squared, terms, upper in program["squares"]:
        solver.addCons(quicksum(variables[v] * variables[v] for v in squared) + linear(terms) <= upper)
    return solver, variables


def scip(program: dict[str, Any]) -> tuple[str, list[float]]:
    solver, variables = scip_model(program)
    solver.optimize()
    if not solver.getNSols():
        return solver.getStatus(), []
    best = solver.getBestSol()
    return "optimal", [solver.getSolVal(best, v) for v in variables]


def feasible(run: Callable[[dict[str, Any]], tuple[str, list[float]]], files: Sequence[str]) -> Said:
    unknown = []
    for case, file in enumerate(files):
        status, values = run(json.loads(Path(file).read_text()))
        if status == "optimal":
            return {"answer": "YES", "case": case, "values": values}
        if status != "infeasible":
            unknown.append(status)
    return {"answer": "UNKNOWN", "note": unknown[0]} if unknown else {"answer": "NO"}


PROGRAMS: dict[str, Callable[[Sequence[str]], Said]] = {
    "z3-if": lambda files: satisfiable(z3, files),
    "z3": lambda files: satisfiable(z3, files),
    "yices": lambda files: satisfiable(yices, files),
    "cvc5": lambda files: satisfiable(cvc5, files),
    "scip": lambda files: feasible(scip, files),
    "highs": lambda files: feasible(highs, files),
}


def main() -> None:
    print(json.dumps(PROGRAMS[sys.argv[1]](sys.argv[2:])))


if __name__ == "__main__":
    main()
