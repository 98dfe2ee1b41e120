"""What is claimed: decision problems and the reductions between them. This page is the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.reductions.classics.clique_and_independent_set import CliqueToIndependentSet, IndependentSetToClique
from relucert.reductions.classics.independent_set_and_vertex_cover import (
    IndependentSetToVertexCover,
    VertexCoverToIndependentSet,
)
from relucert.reductions.classics.sat_to_three_sat import SatToThreeSat
from relucert.reductions.classics.three_sat_to_one_in_three import ThreeSatToOneInThree
from relucert.reductions.classics.three_sat_to_vertex_cover import ThreeSatToVertexCover
from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.fixed_dimension.clique_to_threshold import CliqueToThreshold
from relucert.reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane
from relucert.reductions.fixed_dimension.one_in_three_to_thresholds import OneInThreeToThresholds
from relucert.reductions.fixed_dimension.separability_to_relu import SeparabilityToRelu
from relucert.reductions.fixed_dimension.separability_to_thresholds import SeparabilityToThresholds
from relucert.reductions.problem import Problem
from relucert.reductions.problems.clique import CLIQUE
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING
from relucert.reductions.problems.densest_subgraph import DENSEST_SUBGRAPH
from relucert.reductions.problems.independent_set import INDEPENDENT_SET
from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT
from relucert.reductions.problems.multicolored_clique import MULTICOLORED_CLIQUE
from relucert.reductions.problems.one_in_three import ONE_IN_THREE
from relucert.reductions.problems.sat import SAT
from relucert.reductions.problems.separability import SEPARABILITY
from relucert.reductions.problems.set_cover import SET_COVER
from relucert.reductions.problems.three_sat import THREE_SAT
from relucert.reductions.problems.training import TRAINING
from relucert.reductions.problems.vertex_cover import VERTEX_COVER
from relucert.reductions.reduction import AnyReduction, Chain
from relucert.reductions.tight_hardness.circuit_to_relu import CircuitToRelu
from relucert.reductions.tight_hardness.coloring_to_bounded_relu import ColoringToBoundedRelu
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum
from relucert.reductions.tight_hardness.densest_subgraph_to_bounded_relu import DensestSubgraphToBoundedRelu
from relucert.reductions.tight_hardness.lift_target_error import LiftTargetError
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.reductions.tight_hardness.relu_sum_to_relu_network import ReluSumToReluNetwork
from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu


class ColoringToReluNetwork(Chain):
    """A hypergraph is k-colourable iff a network of k ReLUs with output weights ±1 fits its samples; any k ≥ 2."""

    name = "coloring-to-relu-network"
    source = HYPERGRAPH_COLORING
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 8"

    def __init__(self) -> None:
        super().__init__(ColoringToReluSum(), ReluSumToReluNetwork())


PROBLEMS: dict[str, Problem[Any, Any]] = {
    p.name: p
    for p in (
        HYPERGRAPH_COLORING,
        SET_COVER,
        MONOTONE_CIRCUIT,
        DENSEST_SUBGRAPH,
        ONE_IN_THREE,
        SEPARABILITY,
        MULTICOLORED_CLIQUE,
        SAT,
        THREE_SAT,
        VERTEX_COVER,
        CLIQUE,
        INDEPENDENT_SET,
        TRAINING,
    )
}

CATALOGUE: dict[str, type[AnyReduction]] = {
    r.name: r
    for r in (
        ColoringToReluSum,
        ReluSumToReluNetwork,
        ColoringToReluNetwork,
        SetCoverToRelu,
        CircuitToRelu,
        DensestSubgraphToBoundedRelu,
        ColoringToBoundedRelu,
        PadDimension,
        LiftTargetError,
        OneInThreeToPlane,
        OneInThreeToThresholds,
        SeparabilityToRelu,
        SeparabilityToThresholds,
        CliqueToThreshold,
        SatToThreeSat,
        ThreeSatToOneInThree,
        ThreeSatToVertexCover,
        VertexCoverToSetCover,
        VertexCoverToIndependentSet,
        IndependentSetToVertexCover,
        IndependentSetToClique,
        CliqueToIndependentSet,
    )
}


def reduction(
    name: str, parameters: Mapping[str, Any] | None = None, catalogue: Mapping[str, type[AnyReduction]] = CATALOGUE
) -> AnyReduction:
    """The reduction of that name, or the chain of reductions whose names stand between slashes.

    A parameter that several links of a chain have is given as LINK.NAME. Raises InvalidInstance for an unknown name, a
    parameter that is unknown or ambiguous, and links that do not fit.

    >>> reduction("pad-dimension", {"extra": 3})
    PadDimension(extra=3)
    >>> reduction("coloring-to-relu-sum/pad-dimension", {"extra": 3}).parameters
    {'extra': 3}
    """
    if type(name) is not str or not isinstance(parameters, Mapping | None):
        raise InvalidInstance("a reduction is given by its name and a mapping of parameters")
    classes = []
    for link in name.split("/"):
        if link not in catalogue:
            raise InvalidInstance(f"there is no reduction {shorten(link)}; there are {', '.join(catalogue)}")
        classes.append(catalogue[link])
    own: list[dict[str, Any]] = [{} for _ in classes]
    for key, value in (parameters or {}).items():
        link, dot, parameter = key.rpartition(".")
        places = [i for i, r in enumerate(classes) if parameter in r().parameters and (not dot or r.name == link)]
        if not places:
            known = ", ".join(Chain(*(r() for r in classes)).parameters) or "none"
            raise InvalidInstance(f"{name} has no parameter {shorten(key)}; it takes: {known}")
        if len(places) > 1 and not dot:
            which = " or ".join(f"{classes[i].name}.{parameter}" for i in places)
            raise InvalidInstance(f"{name}: several links have a parameter {parameter}: give {which}")
        for i in places:
            if parameter in own[i]:
                raise InvalidInstance(f"{name}: the parameter {parameter} of {classes[i].name} is given twice")
            own[i][parameter] = value
    links = [r(**given) for r, given in zip(classes, own, strict=True)]
    return links[0] if len(links) == 1 else Chain(*links)
