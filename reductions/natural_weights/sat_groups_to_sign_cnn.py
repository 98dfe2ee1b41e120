"""Groups of clauses become samples of a convolutional network with one filter of signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size, formulas
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.sat_groups import SAT_GROUPS, Clause, SatGroupsInstance, TrueVariables
from relucert.reductions.problems.sign_cnn import SIGN_CNN, Filter, Sample, SignCnnInstance, Vector
from relucert.reductions.reduction import Reduction


@dataclass(frozen=True)
class SatGroupsToSignCnn(Reduction[SatGroupsInstance, TrueVariables, SignCnnInstance, Filter]):
    """Groups over n variables are labelled by an assignment iff a filter of n + 1 signs fits their samples.

    Construction. A filter is w = (ψ, b): ψ_v = 1 says that v is true, b is the bias. The patch of a clause with K
    literals has -1 at the variable of a positive literal, 1 at that of a negative one, 0 at other variables and
    -(K - 1) at the bias. A sample has the patches of its group and its label; all are filled up with patches 0, which
    add [0]₊ = 0, to as many as the largest group has clauses. If `pinned`, one more sample of label 1 has the unit
    vector of the bias as its only patch that is not 0.

    If b = 1: of a clause with s true literals, ⟨w, patch⟩ = (K - s) - s - (K - 1) = 1 - 2s. So [·]₊ is 1 if the clause
    is violated, else 0, and clipped at 1 the sum over a group is 1 iff one of its clauses is violated. Hence h_(ψ,1)
    fits the groups iff ψ labels them: forward, and backward if b = 1.

    If b = -1: ⟨w, patch⟩ = K - 2s + K - 1 = 2(K - s) - 1, which is positive unless s = K. So the output is 0 iff all
    literals of all clauses are true, else 1.

    Pinned: the last sample gives [b]₊ = 1, so b = 1 for every fitting filter, and b = 1 fits it. An equivalence.

    Unpinned, as the paper has it: a filter fits iff some ψ labels the groups, or for some ψ the groups of label 0 are
    exactly those with all literals true. The second does not imply the first: (1 ∨ 2) of label 0, (1 ∨ ¬2) and (¬1 ∨ 2)
    of label 1 are fitted by (1, 1, -1) only. So this is no equivalence, and `backward` refuses b = -1. The paper needs
    only the forward direction, and that random labels are not realizable, which is counted over all filters.

    Size: n + 1 weights, a sample a group and the pinning one, each of max(1, largest group) patches.

    >>> from relucert.reductions.problems.sat_groups import Group
    >>> yes = SatGroupsInstance(2, (Group(0, ((1, 2),)), Group(1, ((1, -2), (2,)))))
    >>> link = SatGroupsToSignCnn()
    >>> link.reduce(yes).samples[1].patches, link.forward(yes, (1,))
    (((-1, 1, -1), (0, -1, 0)), (1, -1, 1))
    >>> SIGN_CNN.accepts(link.reduce(yes), (1, -1, 1)), link.backward(yes, (1, -1, 1))
    (True, (1,))
    >>> no = SatGroupsInstance(1, (Group(0, ((1,),)), Group(1, ((1,),))))
    >>> [SIGN_CNN.accepts(link.reduce(no), (v, b)) for v in (1, -1) for b in (1, -1)]
    [False, False, False, False]

    Deviations: the pinning sample; clauses of any width, with a bias entry of their own; groups of any size.
    """

    pinned: bool = True

    name = "sat-groups-to-sign-cnn"
    source = SAT_GROUPS
    target = SIGN_CNN
    reference = "Daniely, Vardi, NeurIPS 2020, proof of Theorem 3.1"
    sizes = formulas(weights="variables + 1", samples="≤ groups + 1", patches="≤ (groups + 1) * max(1, clauses)")

    def __post_init__(self) -> None:
        if type(self.pinned) is not bool:
            raise InvalidInstance("pinned is true or false")

    @property
    def is_equivalence(self) -> bool:
        return self.pinned

    def reduce(self, instance: SatGroupsInstance) -> SignCnnInstance:
        weights, patches = instance.variables + 1, _patches(instance)
        zero: Vector = (0,) * weights

        def sample(label: int, own: list[Vector]) -> Sample:
            return Sample(label, (*own, *[zero] * (patches - len(own))))

        samples = [sample(label, [_patch(clause, weights) for clause in clauses]) for label, clauses in instance.groups]
        if self.pinned:
            samples.append(sample(1, [(*zero[1:], 1)]))
        return SignCnnInstance(weights, tuple(samples))

    def forward(self, instance: SatGroupsInstance, witness: TrueVariables) -> Filter:
        weights = [-1] * instance.variables + [1]
        for v in witness:
            weights[v - 1] = 1
        return tuple(weights)

    def backward(self, instance: SatGroupsInstance, witness: Filter) -> TrueVariables:
        """Raises InvalidInstance if the bias is -1, which a fitting filter has only if unpinned."""
        *signs, bias = witness
        if bias != 1:
            raise InvalidInstance("the bias of this filter is -1: it says nothing about an assignment")
        return tuple(v for v, sign in enumerate(signs, 1) if sign == 1)

    def stages(self, instance: SatGroupsInstance) -> Iterator[Size]:
        weights, samples = instance.variables + 1, len(instance.groups) + self.pinned
        patches = samples * _patches(instance)
        numbers = INTEGER * (weights * patches + samples + 1)
        words = OBJECT + TUPLE * (patches + 2 * samples + 1) + numbers
        yield Size({"weights": weights, "samples": samples, "patches": patches}, words)

    def work(
        self, instance: SatGroupsInstance, witness: TrueVariables | None = None, image: Filter | None = None
    ) -> int:
        if witness is not None:
            return 20 + 2 * instance.variables + 2 * len(witness)
        if image is not None:
            return 20 + 3 * len(image)
        weights, samples = instance.variables + 1, len(instance.groups) + 1
        clauses = (clause for group in instance.groups for clause in group.clauses)
        written = sum(4 + weights + 2 * len(clause) for clause in clauses)
        return 20 + 2 * weights + written + samples * (4 + _patches(instance) * (2 + weights))


def _patches(instance: SatGroupsInstance) -> int:
    """Of every sample."""
    return max((len(group.clauses) for group in instance.groups), default=1)


def _patch(clause: Clause, weights: int) -> Vector:
    patch = [0] * weights
    for literal in clause:
        patch[abs(literal) - 1] = -1 if literal > 0 else 1
    patch[-1] = -(len(clause) - 1)
    return tuple(patch)
