"""Monotone circuits: brute force and small random instances."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from relucert.certificates.encodings.monotone_circuit import ENCODING
from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT, MonotoneCircuit, TrueInputs, circuit
from relucert.verify.subsets import SubsetSearch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class MonotoneCircuitSearch(SubsetSearch[MonotoneCircuit]):
    problem = MONOTONE_CIRCUIT
    encoding = ENCODING

    def items(self, instance: MonotoneCircuit) -> range:
        return range(instance.inputs)

    def by_brute_force(self, instance: MonotoneCircuit) -> TrueInputs | None:
        def true(wire: int, chosen: TrueInputs) -> bool:
            if wire < instance.inputs:
                return wire in chosen
            kind, operands = instance.gates[wire - instance.inputs]
            return (all if kind == "and" else any)(true(a, chosen) for a in operands)

        return next(
            (
                chosen
                for size in range(min(instance.budget, instance.inputs) + 1)
                for chosen in combinations(range(instance.inputs), size)
                if true(instance.output, chosen)
            ),
            None,
        )

    def instances(self) -> SearchStrategy[MonotoneCircuit]:
        """Up to four inputs and five gates of any shape, of which the last is the output."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> MonotoneCircuit:
            inputs = draw(st.integers(1, 4))
            gates = []
            for wires in range(inputs, inputs + draw(st.integers(1, 5))):
                operands = st.lists(st.integers(0, wires - 1), unique=True, min_size=1, max_size=3)
                gates.append((draw(st.sampled_from(("and", "or"))), draw(operands)))
            return circuit(inputs, gates, inputs + len(gates) - 1, draw(st.integers(0, 3)))

        return drawn()


SEARCH = MonotoneCircuitSearch()
