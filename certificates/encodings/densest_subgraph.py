"""Densest κ-subgraph: n − κ vertices are not chosen, ℓ edges have both ends chosen (SPEC.md, section 4.5)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words, words
from relucert.certificates.properties import Property
from relucert.reductions.problems.densest_subgraph import DENSEST_SUBGRAPH, DensestSubgraphInstance, Subgraph


class SubgraphEncoding(Propositional[DensestSubgraphInstance, Subgraph]):
    """Atom 1 + v says that vertex v is chosen, atom 1 + n + i that both ends of edge i are."""

    problem = DENSEST_SUBGRAPH

    def words(self, instance: DensestSubgraphInstance, choice: Any, claimed: Property = ()) -> int:
        n, m = instance.vertices, len(instance.edges)
        counts = pseudo_boolean_words(n) + pseudo_boolean_words(m) + words(instance.edges_wanted)
        return 100 + (n + m) * (atom_words(0) + 10) + 2 * m * clause_words(2) + counts

    def of(self, instance: DensestSubgraphInstance) -> Formula:
        formula = Formula()
        chosen = [formula.new_atom() for _vertex in range(instance.vertices)]
        induced = [formula.new_atom() for _edge in instance.edges]
        for atom, ends in zip(induced, instance.edges, strict=True):
            for v in ends:
                formula.add_clause(-atom, chosen[v])
        formula.add_pseudo_boolean({-atom: 1 for atom in chosen}, instance.vertices - instance.kappa)
        formula.add_pseudo_boolean(dict.fromkeys(induced, 1), instance.edges_wanted)
        return formula

    def values(self, instance: DensestSubgraphInstance, witness: Subgraph) -> Assignment:
        edges = (i for i, e in enumerate(instance.edges) if set(e) <= set(witness))
        return Assignment({}, frozenset((*(1 + v for v in witness), *(1 + instance.vertices + i for i in edges))))


ENCODING = SubgraphEncoding()
