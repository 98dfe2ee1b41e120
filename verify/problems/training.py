"""Training: symmetry choices, reading, the best network of a cell, fits by Z3, small random instances, many fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from relucert.certificates.encodings.training import (
    ENCODING,
    is_turned,
    output_weight_variable,
    require_invariant,
    weight_variable,
)
from relucert.certificates.kernel import Formula, Rejected, ResourceLimit, Step
from relucert.certificates.normal_form import normal_form
from relucert.certificates.properties import Property
from relucert.certificates.writer import RefutedCase, Yes
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    TrainingInstance,
    completed,
    loss_of,
    sample,
    stated,
)
from relucert.verify.provers.activations import by_activations, by_activations_alone, circuits, has_vertices
from relucert.verify.provers.base import Deadline, Model, Refutation
from relucert.verify.provers.general_position import along_few_lines, has_dichotomies, is_sparse, spread
from relucert.verify.provers.interpolation import interpolating
from relucert.verify.provers.lines import along_lines, longest_line, pinning_line
from relucert.verify.saturation import to_order_by
from relucert.verify.search import Normal, Search

if TYPE_CHECKING:
    import random

    from hypothesis.strategies import SearchStrategy

    from relucert.verify.provers.cuts import Points


FEWEST_WEIGHTS = 12  # of all neurons, from which on a glance for a network comes before provers
MOST_WEIGHTS = 8  # of a neuron whose activations `least_squares` branches on
WIDE = 6  # weights of a neuron from which on linear programs are faster than Z3
MANY_WEIGHTS = 10_000  # from here on those that no sample sees are left out
MANY_NEURONS = 4  # that are ordered by samples, not by a functional, and may be exchanged in so many ways that it pays
SPREAD, SATURATED = 12, 8  # samples to order neurons by: in general position, and each of one coordinate
SHORT = 4  # coordinates of a sample that are neighbours
MANY_TOGETHER, LARGEST_PROGRAM = 256, 1_000_000  # weights, and those times samples, for `levenberg_marquardt`
MOST_NEURONS, MANY_SAMPLES = 4, 4  # where Theorem 10 is faster than the provers: k, and n / (k(d + 1))


class TrainingSearch(Search[TrainingInstance, Network]):
    problem = TRAINING
    encoding = ENCODING
    provers = ("z3", "lp")

    def guess(self, instance: TrainingInstance) -> Network | None:
        """As many neurons as samples fit."""
        net = interpolating(replace(instance, dimension=stated(instance)))
        return net and whole(instance, net)

    def smaller(self, instance: TrainingInstance) -> Iterator[tuple[TrainingInstance, Callable[[Network], Network]]]:
        """As many neurons as a line needs, if that is fewer: the others may be 0, and fewer leave less to try.

        Not if these are few, as they are on lines of points that were not made for that.
        """
        _, _, needed = longest_line(instance)
        if MANY_NEURONS <= needed < instance.neurons:
            yield replace(instance, neurons=needed), lambda net: padded(instance, net)

    def by_algorithm(
        self, instance: TrainingInstance, case: int, prover: str, deadline: Deadline
    ) -> Network | RefutedCase | None:
        """For neurons of equal output weights, Theorem 10 of Froese and Hertrich, in place of CaDiCaL; in general
        position dichotomies; branch and bound for the misses of one threshold and, if samples are many, for errors."""
        if prover == "lp" and has_half_spaces(instance):
            from relucert.verify.provers import halfspaces

            return halfspaces.decide_case(instance, case, deadline)
        if prover == "lp" and has_misfits(instance):
            from relucert.verify.provers import misfits

            return misfits.decide_case(instance, case, deadline)
        if prover == "lp" and has_branches(instance) and has_many_samples(instance):
            from relucert.verify.provers import branches

            return branches.decide_case(instance, case, deadline)
        # the solver of linear programs, which most decisions do without
        if prover == "lp" and is_convex(instance, case):
            from relucert.verify.provers.convex import decide_case

            return decide_case(instance, case, deadline)
        if prover == "lp" and has_dichotomies(instance):
            from relucert.verify.provers.dichotomies import by_dichotomies

            choice = self.choices(instance, case)[-1]
            found = by_dichotomies(instance, case, choice, lambda: ENCODING.formula(instance, case, choice), deadline)
            return RefutedCase(case, choice, found.steps) if isinstance(found, Refutation) else found
        return None

    def finder(self, instance: TrainingInstance) -> Callable[[Deadline], Network | None] | None:
        """Least squares from random networks on, for exact fits by ReLUs of output weights ±1."""
        if not has_finder(self.normalised(instance)):
            return None

        def find(deadline: Deadline) -> Network | None:
            # numerical libraries, which most decisions do without
            from relucert.verify.provers.levenberg_marquardt import network

            return network(instance, ENCODING.cases(instance), deadline)

        return find

    def quick_finder(self, instance: TrainingInstance) -> Callable[[Deadline], Network | None] | None:
        """Where provers take longer: with many weights or, if they are few, many samples, in general position."""
        weights = instance.neurons * (stated(instance) + instance.bias)
        many = weights >= FEWEST_WEIGHTS or len(instance.samples) >= 2 * weights
        if not many or not has_finder(instance) or is_sparse(instance) or along_few_lines(instance):
            return None

        def find(deadline: Deadline) -> Network | None:
            from relucert.verify.provers.levenberg_marquardt import glance

            return glance(instance, ENCODING.cases(instance), deadline)

        return find

    def choices(self, instance: TrainingInstance, case: int) -> Sequence[Any]:
        """A model with neurons turned over need not be a network, so another choice comes after the line.

        Where values are clipped there is no line.
        """
        line, order = pinning_line(instance), order_of(instance)
        choice = {"order": order} if order else busiest_weight(instance)
        return [line, choice] if line else [choice]

    def choices_of_exceptions(self, instance: TrainingInstance, case: int, claimed: Property) -> Sequence[Any]:
        """The functional, if it does not exchange neurons that the property tells apart."""
        try:
            require_invariant(instance, case, claimed)
        except Rejected:
            return [None]
        return [busiest_weight(instance)]

    def may_need_no_prover(self, instance: TrainingInstance) -> bool:
        """Colourings, and what is in general position."""
        return has_activations(instance) or has_dichotomies(instance)

    def without_prover(
        self, instance: TrainingInstance, case: int, choice: Any, formula: Callable[[], Formula], deadline: Deadline
    ) -> Yes | Refutation | None:
        """What labels and few samples say about activations may be all it takes."""
        if has_dichotomies(instance) and not is_turned(choice):
            # numerical libraries, which other decisions do without
            from relucert.verify.provers.dichotomies import by_circuits_alone

            return by_circuits_alone(instance, case, choice, formula, deadline)
        if not has_activations(instance):
            return None
        found = by_activations_alone(instance, case, choice, formula, deadline)
        if isinstance(found, Model):
            net = self.witness(instance, case, found)
            return Yes(net) if TRAINING.accepts(instance, net) else None
        return found

    def derive(
        self, instance: TrainingInstance, case: int, formula: Formula, deadline: Deadline
    ) -> tuple[Formula, Sequence[Step]]:
        """Along lines the network is convex where only neurons of one sign bend it; clipped it need not be.

        And what labels and few samples say about activations.
        """
        if instance.clip is not None:
            return formula, []
        formula, steps = along_lines(instance, case, formula, deadline)
        refuted = steps and not formula.clauses[formula.last_id]
        if (instance.activation, instance.loss) == ("relu", "exact") and not refuted:
            formula, more = by_activations(instance, case, formula, deadline)
            steps += more
        return formula, steps

    def derive_of_exceptions(
        self, instance: TrainingInstance, case: int, formula: Formula, failing: Sequence[int], deadline: Deadline
    ) -> tuple[Formula, Sequence[Step]]:
        """Along lines, with what is said of the form of the network in all parts of the property."""
        if (instance.activation, instance.loss, instance.clip) != ("relu", "exact", None):
            return formula, []
        # with what counting needs, which most decisions do without
        from relucert.verify.provers.exceptions import of_exceptions

        return of_exceptions(instance, case, formula, failing, deadline)

    def normal(self, instance: TrainingInstance, below: bool) -> Normal[TrainingInstance, Network] | None:
        """What the labels force and what no sample sees are taken out, if there is anything of the kind."""
        if not below and is_normal(instance):
            return None
        try:
            found = normal_form(instance, below)
        except ResourceLimit:
            return None
        if found is None:
            return Normal(None, below, lambda net: net, of_normal_form)
        if found.instance == instance and found.below == below:
            return None
        return Normal(found.instance, found.below, lambda net: whole(instance, found.extend(net)), of_normal_form)

    def witness(self, instance: TrainingInstance, case: int, model: Model) -> Network:
        def value(j: int, t: int) -> int | Fraction:
            return simplified(model.reals.get(weight_variable(instance, j, t), Fraction(0)))

        neurons, d = range(instance.neurons), instance.dimension
        weights = tuple(tuple(value(j, t) for t in range(d)) for j in neurons)
        biases = tuple(value(j, d) if instance.bias else 0 for j in neurons)
        if instance.activation == "threshold" and instance.output == "real":
            output = tuple(
                simplified(model.reals.get(output_weight_variable(instance, j), Fraction(0))) for j in neurons
            )
        else:
            output = tuple(1 if j < case else -1 for j in neurons)
        return Network(weights, biases, output)

    def improve(self, instance: TrainingInstance, case: int, below: bool, model: Model) -> tuple[Model | None, Points]:
        """The best network with the activations of the model; if that is not good enough, tangents at its residuals.

        These tangents prove that it is the best of its cell.
        """
        # linear algebra that most decisions do without
        from relucert.verify.cells import best_in_cell, least_squares_in_ball

        net = self.witness(instance, case, model)
        bests: tuple[Network, ...] = (best_in_cell(instance, net),)
        bounded = instance.norm_bound is not None and instance.activation == "relu"
        if bounded and instance.loss in ("l1", "l2", "linf"):  # which a network near the best one may do for too
            inside = least_squares_in_ball(instance, net, instance.norm_bound)
            bests = inside if instance.loss == "l2" else (*bests, *inside)
        for best in bests:
            if TRAINING.accepts(instance, best) and not (below and loss_of(instance, best) >= instance.threshold):
                width = instance.dimension + instance.bias
                reals = {
                    weight_variable(instance, j, t): Fraction(v)
                    for j, (row, b) in enumerate(zip(best.weights, best.biases, strict=True))
                    for t, v in enumerate((*row, b)[:width])
                }
                outputs = {output_weight_variable(instance, j): Fraction(a) for j, a in enumerate(best.output)}
                return Model(reals | outputs, frozenset()), []
        if instance.loss != "l2":
            return None, []
        return None, [
            (square, Fraction(c))
            for best in bests
            for square, c in enumerate(
                chain(
                    (value_of(instance, best, x) - y for x, y, _ in instance.samples),
                    (v for row in best.weights for v in row) if instance.norm_bound is not None else (),
                ),
                1,
            )
        ]

    def normalised(self, instance: TrainingInstance) -> TrainingInstance:
        """What is decided in its place."""
        normal = self.normal(instance, False)
        return (normal.instance or instance) if normal else instance

    def prover(self, instance: TrainingInstance) -> str:
        """Z3 for exact fits; linear programs for losses, as they are much faster where there are many tangents, for
        what Theorem 10 decides, where a SAT solver knows most of it, in general position, and for neurons of many
        weights, where rational arithmetic takes Z3 long.
        """
        instance = self.normalised(instance)
        every_case = instance.output == "ones" or instance.neurons == 1
        tree = every_case and is_convex(instance, instance.neurons)
        relu = instance.activation == "relu"
        wide = relu and instance.dimension + instance.bias >= WIDE
        if instance.loss != "exact" or tree or wide or has_dichotomies(instance):
            return "lp"
        return "lp" if relu and circuits(instance) else "z3"

    def by_brute_force(self, instance: TrainingInstance) -> Network | None:
        """Exact fits by ReLUs with output weights 1 or ±1."""
        from relucert.verify.networks import fit_by_z3

        return fit_by_z3(instance)

    def instances(self) -> SearchStrategy[TrainingInstance]:
        """Training sets for sums of one to three ReLUs in one or two dimensions; a negative label makes a NO."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> TrainingInstance:
            d = draw(st.integers(1, 2))
            number = st.integers(-2, 2) | st.fractions(-2, 2, max_denominator=3)
            points = st.lists(number, min_size=d, max_size=d)
            labels = st.integers(-1, 3) | st.sampled_from((Fraction(1, 2), Fraction(4, 3)))
            samples = draw(st.lists(st.builds(sample, points, labels, st.integers(1, 2)), min_size=1, max_size=5))
            return TrainingInstance(d, draw(st.integers(1, 3)), tuple(samples), output="ones")

        return drawn()

    def more(self, instance: TrainingInstance, witnesses: list[Network], rng: random.Random) -> Iterator[Network]:
        from relucert.verify.networks import many_fits

        return many_fits(instance, [whole(instance, net) for net in witnesses], rng)


def padded(instance: TrainingInstance, net: Network) -> Network:
    """The same function by as many neurons as the instance has: the others are 0."""
    more = instance.neurons - len(net.weights)
    zeros = ((0,) * len(net.weights[0]),) * more
    return Network((*net.weights, *zeros), (*net.biases, *(0,) * more), (*net.output, *(1,) * more))


def whole(instance: TrainingInstance, net: Network) -> Network:
    """With all weights, unless they are many: maps that somebody writes may count on them."""
    return completed(net, instance.dimension) if instance.neurons * instance.dimension <= MANY_WEIGHTS else net


def is_convex(instance: TrainingInstance, case: int) -> bool:
    """Whether `convex` is for this case: an exact fit by ReLUs of equal output weights, few of them for many samples.

    There are 2^k − 1 sets of neurons to branch on, and a point has to be found in k(d + 1) dimensions, which leave less
    open the more samples there are. One neuron is a linear program.
    """
    k = instance.neurons
    return (
        (instance.activation, instance.loss, instance.clip, instance.norm_bound) == ("relu", "exact", None, None)
        and case in (0, k)
        and (k == 1 or (k <= MOST_NEURONS and has_many_samples(instance)))
    )


def has_activations(instance: TrainingInstance) -> bool:
    """Whether what labels and few samples say about activations may be all it takes for an exact fit: colourings."""
    plain = (instance.activation, instance.loss, instance.clip, instance.norm_bound) == ("relu", "exact", None, None)
    return plain and has_vertices(instance)


def is_normal(instance: TrainingInstance) -> bool:
    """Whether nothing can be taken out of an exact fit, seen quickly: large instances are asked several times."""
    if instance.loss != "exact" or any(s.multiplicity != 1 for s in instance.samples):
        return False
    points = sorted(s.x for s in instance.samples)  # in a set numbers could be chosen to collide
    seen = {t for x in points for t, _ in x}
    return len(seen) == instance.dimension and all(a != b for a, b in pairwise(points))


def has_finder(instance: TrainingInstance) -> bool:
    """Whether `levenberg_marquardt` is for this instance: an exact fit by ReLUs, not too many weights and samples.

    One neuron is a linear program.
    """
    kind = (instance.activation, instance.loss, instance.clip, instance.norm_bound)
    samples, weights = len(instance.samples), instance.neurons * (stated(instance) + instance.bias)
    few = 0 < weights <= MANY_TOGETHER and 0 < samples * weights <= LARGEST_PROGRAM
    return kind == ("relu", "exact", None, None) and instance.neurons > 1 and few


def has_many_samples(instance: TrainingInstance) -> bool:
    return len(instance.samples) >= MANY_SAMPLES * instance.neurons * (instance.dimension + instance.bias)


def has_branches(instance: TrainingInstance) -> bool:
    """Whether `least_squares` is for its least loss: few ReLUs of few weights, whose cones have few rays."""
    plain = (instance.activation, instance.clip, instance.norm_bound) == ("relu", None, None)
    plain = plain and instance.loss in ("l1", "l2", "linf")
    return plain and instance.neurons <= MOST_NEURONS and has_few_weights(instance)


def has_half_spaces(instance: TrainingInstance) -> bool:
    """Whether `halfspaces` is for its least loss: how many labels 0 and 1 one threshold with a bias misses, or how many
    labels ±1 the sign of two ReLUs with biases."""
    plain = (instance.loss, instance.norm_bound, instance.bias) == ("l0", None, True)
    if not plain or instance.dimension >= MOST_WEIGHTS or not instance.samples:
        return False
    kind, labels = (instance.activation, instance.neurons, instance.clip), {s.y for s in instance.samples}
    if kind == ("threshold", 1, None):
        return instance.output == "ones" and labels <= {0, 1}
    return kind == ("relu", 2, (-1, 1)) and instance.output != "ones" and labels <= {-1, 1}


def has_misfits(instance: TrainingInstance) -> bool:
    """Whether `misfits` is for its least loss: how many samples one or two ReLUs of few weights do not fit."""
    kind = (instance.activation, instance.loss, instance.clip, instance.norm_bound)
    return kind == ("relu", "l0", None, None) and instance.neurons <= 2 and has_few_weights(instance)


def has_few_weights(instance: TrainingInstance) -> bool:
    return 1 <= instance.dimension + instance.bias <= MOST_WEIGHTS


def has_search_of_losses(instance: TrainingInstance) -> bool:
    """Whether one of these searches is for its least loss."""
    return has_branches(instance) or has_half_spaces(instance) or has_misfits(instance)


def value_of(instance: TrainingInstance, net: Network, x: Iterable[tuple[int, Rational]]) -> Rational:
    """f(x), clipped if the instance says so."""
    value = net(x, instance.activation, instance.alpha)
    return value if instance.clip is None else max(instance.clip[0], min(value, instance.clip[1]))


def of_normal_form(choice: Any) -> dict[str, Any]:
    """What is said to the symmetry rule to say this of the normal form."""
    return {"normal": choice}


def is_in_general_position(instance: TrainingInstance) -> bool:
    """Whether orders by samples that are spread are for it: an exact fit by some ReLUs of few weights."""
    plain = (instance.loss, instance.clip, instance.norm_bound) == ("exact", None, None)
    several = instance.neurons >= MANY_NEURONS and instance.dimension < MOST_WEIGHTS
    return plain and several and instance.bias and instance.activation != "threshold"


def order_of(instance: TrainingInstance) -> list[int]:
    """Samples to order neurons by, if that is better than a functional.

    Those of a colouring are its vertices, each a sample of one coordinate, and neurons are colours.
    """
    if has_dichotomies(instance) or is_in_general_position(instance):
        return spread(instance, SPREAD)
    if instance.neurons < MANY_NEURONS or instance.bias or (instance.loss, instance.activation) != ("exact", "relu"):
        return []
    vertices: dict[int, int] = {}
    for i, (x, _, _) in enumerate(instance.samples):
        if len(x) == 1:
            vertices.setdefault(x[0][0], i)
    edges = ([t for t, _ in x] for x, _, _ in instance.samples if 2 <= len(x) <= SHORT)
    return [vertices[t] for t in to_order_by(vertices, edges, SATURATED)]


def busiest_weight(instance: TrainingInstance) -> list[list[int]] | None:
    """The functional w ↦ w_t for the coordinate t that meets most other coordinates in samples, then most samples.

    It halves the refutations of colouring-like instances, where t is a vertex of largest degree.
    """
    met: dict[int, set[int]] = {}
    samples = Counter(t for x, _, _ in instance.samples for t, _ in x)
    for x, _, _ in instance.samples:
        for t, _ in x:
            met.setdefault(t, set()).update(s for s, _ in x)
    if instance.neurons == 1 or not met:
        return None
    return [[max(met, key=lambda t: (len(met[t]), samples[t], -t)), 1]]


SEARCH = TrainingSearch()
