"""Small questions, answered in this process: to start provers beside it takes longer than most answers.

Only by what counts its work and prints nothing: guesses, quick finders, derivations, a SAT solver, the exact simplex
or, if it is asked for, Z3. What these leave open is for the race, as are larger questions, unless they may need no
prover or a finder is quick.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from threading import current_thread, main_thread
from typing import Any

from relucert.certificates.writer import No, Yes
from relucert.reductions.problem import Problem
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import EXACT, PROVERS, Z3_ALONE
from relucert.verify.provers.base import Deadline, Prover, Unknown
from relucert.verify.search import Searches

WORDS = 16_000  # of the formula
WORK = 200_000  # of the provers, see Deadline: some 0.1 s
MOST_WORDS = 2_000_000  # of the formula if no prover may be needed; what is not counted as work is bounded by it
MOST_WORK = 1_000_000  # then


def decide_small(problem: Problem[Any, Any], instance: Any, prover: str, deadline: Deadline) -> Yes | No | None:
    """The answer to a small question about a problem that is built in, if it comes quickly; None otherwise.

    prover: which one is asked for.
    """
    from relucert.verify.decide import decide, find

    search = SEARCHES[problem.name]
    one: Prover = EXACT if "lp" in search.provers else PROVERS["sat"]
    if prover == "z3" and "z3" in search.provers:
        one = Z3_ALONE
    with suppress(Exception), undisturbed():  # whatever it is, the race will meet it too, and say so
        if problem.size(instance).words <= WORDS // 4:
            guess = search.guess(instance)
            if guess is not None and problem.accepts(instance, guess):
                return Yes(guess)
        general = Searches({problem.name: lambda: [search]})
        if prover == "auto" and search.quick_finder(instance) is not None:
            found = find(problem, instance, Deadline(deadline.remaining(), WORK), general, quickly=True)
            if isinstance(found, Yes):
                return found
        words = inf if search.encoding is None else search.encoding.words(instance, None)
        small = words <= WORDS
        if small or (words <= MOST_WORDS and search.may_need_no_prover(instance)):
            until = Deadline(deadline.remaining(), WORK if small else MOST_WORK)
            answer = decide(problem, instance, one if small else None, until, searches=general)
            return None if isinstance(answer, Unknown) else answer
    return None


@contextmanager
def undisturbed() -> Iterator[None]:
    """The timer and Ctrl-C wait until the end: what they raise inside a callback of a solver would be lost there.

    Handlers that wait, not a mask of this thread: a signal goes to any thread, and numerical libraries have some.
    """
    if current_thread() is not main_thread():
        yield  # signals are not handled here
        return
    waiting: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda got, _frame: waiting.append(got))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(waiting):
            signal.raise_signal(number)
