"""Multicoloured Clique → 2-Hyperplane Separability, in the strip form and as the paper has it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import Any, ClassVar

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size, arithmetic, formulas, held_fraction, longest
from relucert.reductions.exact import InvalidInstance, Rational, simplified
from relucert.reductions.problem import Problem
from relucert.reductions.problems.multicolored_clique import MULTICOLORED_CLIQUE, Clique, MulticoloredCliqueInstance
from relucert.reductions.problems.separability import SEPARABILITY, SeparabilityInstance
from relucert.reductions.problems.strip import STRIP, Planes, StripInstance
from relucert.reductions.reduction import Reduction


class CliqueToStrip(Reduction[MulticoloredCliqueInstance, Clique, StripInstance, Planes]):
    """A clique with one vertex of each of κ colours exists iff two hyperplanes in κ + 1 dimensions separate P and Q.

    And iff they do so in the weaker sense of the paper: on these instances both forms have the same solutions, up to
    the signs of the two functions.

    Construction. Colour i = 1, …, κ has n_i ≥ 1 vertices, (i, 0), …, (i, n_i − 1), and N is the largest n_i. With
    coordinates x₀, …, x_κ and unit vectors e_t, P is the origin, p₀ = N/(N + 1)·e₀ and p_i = (2e_i − (n_i − 1)e₀)/n_i
    for each colour. Q has, each together with its negative: e₀; the gaps 2e_i − (2j + 1)e₀ for −1 ≤ j ≤ n_i − 1; and
    e_i + N·e_k − (u + Nv)e₀ for each missing edge (i, u), (k, v) with i < k.

    Forward. w = (2N + 1)(1, v₁, …, v_κ) for the clique (i, v_i), h₁ = 2N − w·x and h₂ = −2N − w·x. With A = 1 + 1/(2N)
    the claims are |w·p| < 2N on P, and |w·q| > 2N on Q. A·N/(N + 1) < 1, and A·|2v_i − n_i + 1|/n_i ≤ A(1 − 1/N) < 1.
    On Q, w·q/(2N + 1) is ±1, or 2(v_i − j) − 1, which is odd, or (v_i − u) + N(v_k − v), an integer that is 0 only if N
    divides v_i − u, so v_i = u and v_k = v; but the clique has no missing edge.

    Backward. v_i is the integer next to w_i/w₀ for the gradient w of h₁ (of h₂ it would be the same). Let h₁, h₂ solve
    the weaker form, and be scaled to f = 1 − a·x and g = 1 − b·x.
    1. No q of Q is in the cell (+, +) of the origin, and neither is −q. So |a·q|, |b·q| > 1, with opposite signs. Let
       a₀ > 1 and b₀ < −1, x_i = a_i/a₀, y_i = b_i/b₀. By the gaps x_i and y_i are on the same side of each centre
       j + ½, and x_i is farther than 1/(2a₀) from it.
    2. P is in (+, +): (−, +) and (+, −) have points of Q, and g(p₀) > 0, so f(p₀) > 0, so 1 < a₀ < 1 + 1/N, and the
       distance in 1 exceeds N/(2(N + 1)). Were p_i in (−, −), with c = (n_i − 1)/2, then x_i > c + n_i/(2a₀) >
       c + N/(2(N + 1)) and y_i < c. No centre is between them, so c is none, n_i is odd, and x_i < c + ½; but then
       x_i < c + ½ − N/(2(N + 1)) = c + 1/(2(N + 1)), a contradiction. So this is a solution of the strip form, up to
       signs.
    3. a·p_i < 1 says x_i < n_i − ½, and b·p_i < 1 says y_i > −½, so x_i > −½. So x_i is between two neighbouring
       centres, and nearest to some v_i in 0, …, n_i − 1, with |x_i − v_i| < ½ − N/(2(N + 1)) = 1/(2(N + 1)).
    4. Were (i, v_i), (k, v_k) a missing edge, its q would have |a·q| = a₀·|(x_i − v_i) + N(x_k − v_k)| < a₀/2 ≤ 1.

    Size. Dimension κ + 1, |P| = κ + 2, |Q| = 2(1 + n + κ + m̄) with n vertices and m̄ missing edges. Numerators and
    denominators are at most N² + 1. So both forms are W[1]-hard in d + |P|, also with numbers written in unary, and not
    solved in ρ(d)·n^o(d) time under the exponential time hypothesis. P cannot be smaller: only the points of Q in the
    affine hull of P matter, as an affine function that is 0 there and not on the others, times a large number, can be
    added to h₁ and subtracted from h₂. In particular P = {0} is always a YES.

    Two colours with two vertices each, and one edge or none:

    >>> from relucert.reductions.problems.multicolored_clique import multicolored_clique
    >>> r, yes, no = CliqueToStrip(), multicolored_clique([0, 0, 1, 1], [(1, 2)]), multicolored_clique([0, 0, 1, 1], [])
    >>> target, planes = r.reduce(yes), r.forward(yes, (1, 2))
    >>> target.dimension, len(target.p), len(target.q), planes
    (3, 4, 20, ((-5, -5, 0, 4), (-5, -5, 0, -4)))
    >>> STRIP.accepts(target, planes), SEPARABILITY.accepts(target, planes), r.backward(yes, planes)
    (True, True, (1, 2))
    >>> any(STRIP.accepts(r.reduce(no), r.forward(no, (u, v))) for u in (0, 1) for v in (2, 3))
    False

    Deviations. The paper cites the hardness of its form and uses the other one; here both are proved hard at once.
    """

    name = "clique-to-strip"
    source = MULTICOLORED_CLIQUE
    target: Problem[Any, Any] = STRIP
    reference = "Froese, Hertrich, NeurIPS 2023, Section 4 (the source of Theorem 6)"
    sizes = formulas(
        dimension="colors + 1",
        p="colors + 2",
        q="≤ 2*(1 + vertices + colors) + vertices*(vertices - 1) - 2*edges",
    )
    instance_type: ClassVar[type[StripInstance]] = StripInstance

    def reduce(self, instance: MulticoloredCliqueInstance) -> StripInstance:
        classes = instance.classes()
        most = max(map(len, classes))
        dimension = len(classes) + 1

        def at(*entries: tuple[int, Rational]) -> tuple[Rational, ...]:
            x: list[Rational] = [0] * dimension
            for t, v in entries:
                x[t] = simplified(v)
            return tuple(x)

        p = [at(), at((0, Fraction(most, most + 1)))]
        q = [at((0, 1))]
        for i, members in enumerate(classes, 1):
            n = len(members)
            p.append(at((i, Fraction(2, n)), (0, Fraction(1 - n, n))))
            q += [at((i, 2), (0, -2 * j - 1)) for j in range(-1, n)]
        number = {v: j for members in classes for j, v in enumerate(members)}
        for edge in instance.missing_edges():
            (i, u), (k, v) = sorted((instance.colors[end] + 1, number[end]) for end in edge)
            q.append(at((i, 1), (k, most), (0, -u - most * v)))
        q += [tuple(-v for v in x) for x in q]
        return self.instance_type(tuple(sorted(p)), tuple(sorted(q)))

    def forward(self, instance: MulticoloredCliqueInstance, witness: Clique) -> Planes:
        classes = instance.classes()
        most = max(map(len, classes))
        numbers = (members.index(v) for members, v in zip(classes, witness, strict=True))
        slopes = [-(2 * most + 1) * v for v in (1, *numbers)]
        return (*slopes, 2 * most), (*slopes, -2 * most)

    def backward(self, instance: MulticoloredCliqueInstance, witness: Planes) -> Clique:
        reference, *others = witness[0][:-1]
        if not reference:
            raise InvalidInstance("these hyperplanes solve nothing: the first one is parallel to the reference axis")
        classes = instance.classes()
        numbers = [floor(Fraction(w) / Fraction(reference) + Fraction(1, 2)) for w in others]
        if not all(0 <= v < len(members) for v, members in zip(numbers, classes, strict=True)):
            raise InvalidInstance("these hyperplanes solve nothing: a vertex is none of its colour")
        return tuple(members[v] for v, members in zip(numbers, classes, strict=True))

    def stages(self, instance: MulticoloredCliqueInstance) -> Iterator[Size]:
        sizes = list(map(len, instance.classes()))
        most, d = max(sizes), len(sizes) + 1
        p, q = d + 1, 2 * (instance.vertices + d + instance.missing)
        bits = (2 * most * most + 2).bit_length()
        words = OBJECT + TUPLE * (2 + p + q) + d * (p * held_fraction(bits) + q * (INTEGER + bits // 60))
        yield Size({"dimension": d, "p": p, "q": q, "bits": bits}, words)
        yield self.target.size(self.reduce(instance))

    def work(
        self, instance: MulticoloredCliqueInstance, witness: Clique | None = None, image: Planes | None = None
    ) -> int:
        """Besides what is built, all pairs of vertices are gone through, and the points are sorted."""
        n, d = instance.vertices, instance.kappa + 1
        if image is not None:
            return 1000 + 4 * n + d * (20 + 4 * arithmetic(longest(image[0]), longest(image[0])))
        if witness is not None:
            return 1000 + 4 * n + 4 * d
        size = next(self.stages(instance))
        return 1000 + n * n + size.words // 4 + size.measures["q"] * d * size.measures["q"].bit_length() // 4


class CliqueToSeparability(CliqueToStrip):
    """A clique with one vertex of each of κ colours exists iff two hyperplanes cross every segment from P to Q.

    The construction and the proof are those of `CliqueToStrip`, which is about both forms.

    >>> from relucert.reductions.problems.multicolored_clique import multicolored_clique
    >>> r, yes = CliqueToSeparability(), multicolored_clique([0, 1], [(0, 1)])
    >>> target, planes = r.reduce(yes), r.forward(yes, (0, 1))
    >>> SEPARABILITY.accepts(target, planes), r.backward(yes, tuple(tuple(-v for v in h) for h in planes))
    (True, (0, 1))
    """

    name = "clique-to-separability"
    target = SEPARABILITY
    instance_type = SeparabilityInstance
