"""Counting instead of clocks: what is counted is the same on every machine, however busy it is."""

import sys


def instructions(call, *arguments):
    """How many of Python's instructions a call executes; what a single one does in C is not counted."""
    count = 0

    def trace(frame, event, _argument):
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call(*arguments)
    finally:
        sys.settrace(before)
    return count


class Compared(int):
    """An integer that counts how often it, or another of its kind, is compared, as it is in sorting and hashing."""

    comparisons = 0

    def __eq__(self, other):
        Compared.comparisons += 1
        return int(self) == other

    def __lt__(self, other):
        Compared.comparisons += 1
        return int(self) < other

    __hash__ = int.__hash__


class Alike(Compared):
    """All of these, and what they become by a change of sign, have one hash: each key is compared with all others."""

    def __hash__(self):
        return 1

    def __neg__(self):
        return Alike(-int(self))

    def __abs__(self):
        return Alike(abs(int(self)))


def probes(keys):
    """How many places CPython looks at to put distinct integers into a dictionary, which has room for them all."""
    size = 8
    while 2 * size // 3 < len(keys):
        size *= 2
    taken, count = set(), 0
    for key in keys:
        perturb = hash(key) % 2**64
        place = perturb % size
        while place in taken:
            perturb >>= 5
            place = (5 * place + perturb + 1) % size
            count += 1
        taken.add(place)
        count += 1
    return count
