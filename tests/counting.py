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
