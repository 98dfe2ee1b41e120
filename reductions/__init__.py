"""What is claimed: decision problems and the reductions between them. This page is the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.listed import Listed, Wanted
from relucert.reductions.parameters import read_parameters
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction, Chain
from relucert.reductions.suggestions import meant


def _problem(wanted: Wanted) -> Problem[Any, Any]:
    found: Problem[Any, Any]
    if wanted("hypergraph-coloring"):
        from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING as found
    elif wanted("set-cover"):
        from relucert.reductions.problems.set_cover import SET_COVER as found
    elif wanted("monotone-circuit"):
        from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT as found
    elif wanted("densest-subgraph"):
        from relucert.reductions.problems.densest_subgraph import DENSEST_SUBGRAPH as found
    elif wanted("one-in-three"):
        from relucert.reductions.problems.one_in_three import ONE_IN_THREE as found
    elif wanted("two-hyperplane-separability"):
        from relucert.reductions.problems.separability import SEPARABILITY as found
    elif wanted("two-hyperplane-strip"):
        from relucert.reductions.problems.strip import STRIP as found
    elif wanted("multicolored-clique"):
        from relucert.reductions.problems.multicolored_clique import MULTICOLORED_CLIQUE as found
    elif wanted("sat"):
        from relucert.reductions.problems.sat import SAT as found
    elif wanted("three-sat"):
        from relucert.reductions.problems.three_sat import THREE_SAT as found
    elif wanted("vertex-cover"):
        from relucert.reductions.problems.vertex_cover import VERTEX_COVER as found
    elif wanted("clique"):
        from relucert.reductions.problems.clique import CLIQUE as found
    elif wanted("independent-set"):
        from relucert.reductions.problems.independent_set import INDEPENDENT_SET as found
    elif wanted("max-cut"):
        from relucert.reductions.problems.max_cut import MAX_CUT as found
    elif wanted("sat-groups"):
        from relucert.reductions.problems.sat_groups import SAT_GROUPS as found
    elif wanted("sign-cnn"):
        from relucert.reductions.problems.sign_cnn import SIGN_CNN as found
    elif wanted("random-network-fit"):
        from relucert.reductions.problems.random_network import RANDOM_NETWORK as found
    elif wanted("random-cnn-fit"):
        from relucert.reductions.problems.random_cnn import RANDOM_CNN as found
    elif wanted("training"):
        from relucert.reductions.problems.training import TRAINING as found
    else:
        raise KeyError
    return found


def _reduction(wanted: Wanted) -> type[AnyReduction]:
    found: type[AnyReduction]
    if wanted("coloring-to-relu-sum"):
        from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum as found
    elif wanted("coloring-to-leaky-relu-sum"):
        from relucert.reductions.tight_hardness.coloring_to_leaky_relu_sum import ColoringToLeakyReluSum as found
    elif wanted("relu-sum-to-relu-network"):
        from relucert.reductions.tight_hardness.relu_sum_to_relu_network import ReluSumToReluNetwork as found
    elif wanted("coloring-to-relu-network"):
        from relucert.reductions.tight_hardness.coloring_to_relu_network import ColoringToReluNetwork as found
    elif wanted("set-cover-to-relu"):
        from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu as found
    elif wanted("max-cut-to-leaky-relu"):
        from relucert.reductions.tight_hardness.max_cut_to_leaky_relu import MaxCutToLeakyRelu as found
    elif wanted("circuit-to-relu"):
        from relucert.reductions.tight_hardness.circuit_to_relu import CircuitToRelu as found
    elif wanted("circuit-to-double-wells"):
        from relucert.reductions.tight_hardness.circuit_to_double_wells import CircuitToDoubleWells as found
    elif wanted("densest-subgraph-to-bounded-relu"):
        from relucert.reductions.tight_hardness.densest_subgraph_to_bounded_relu import (
            DensestSubgraphToBoundedRelu as found,
        )
    elif wanted("coloring-to-bounded-relu"):
        from relucert.reductions.tight_hardness.coloring_to_bounded_relu import ColoringToBoundedRelu as found
    elif wanted("pad-dimension"):
        from relucert.reductions.tight_hardness.pad_dimension import PadDimension as found
    elif wanted("lift-target-error"):
        from relucert.reductions.tight_hardness.lift_target_error import LiftTargetError as found
    elif wanted("one-in-three-to-plane"):
        from relucert.reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane as found
    elif wanted("one-in-three-to-thresholds"):
        from relucert.reductions.fixed_dimension.one_in_three_to_thresholds import OneInThreeToThresholds as found
    elif wanted("clique-to-strip"):
        from relucert.reductions.fixed_dimension.clique_to_strip import CliqueToStrip as found
    elif wanted("clique-to-separability"):
        from relucert.reductions.fixed_dimension.clique_to_strip import CliqueToSeparability as found
    elif wanted("separability-to-relu"):
        from relucert.reductions.fixed_dimension.separability_to_relu import SeparabilityToRelu as found
    elif wanted("separability-to-thresholds"):
        from relucert.reductions.fixed_dimension.separability_to_thresholds import SeparabilityToThresholds as found
    elif wanted("clique-to-threshold"):
        from relucert.reductions.fixed_dimension.clique_to_threshold import CliqueToThreshold as found
    elif wanted("sat-to-three-sat"):
        from relucert.reductions.classics.sat_to_three_sat import SatToThreeSat as found
    elif wanted("three-sat-to-one-in-three"):
        from relucert.reductions.classics.three_sat_to_one_in_three import ThreeSatToOneInThree as found
    elif wanted("three-sat-to-vertex-cover"):
        from relucert.reductions.classics.three_sat_to_vertex_cover import ThreeSatToVertexCover as found
    elif wanted("vertex-cover-to-set-cover"):
        from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover as found
    elif wanted("vertex-cover-to-independent-set"):
        from relucert.reductions.classics.independent_set_and_vertex_cover import VertexCoverToIndependentSet as found
    elif wanted("independent-set-to-vertex-cover"):
        from relucert.reductions.classics.independent_set_and_vertex_cover import IndependentSetToVertexCover as found
    elif wanted("independent-set-to-clique"):
        from relucert.reductions.classics.clique_and_independent_set import IndependentSetToClique as found
    elif wanted("clique-to-independent-set"):
        from relucert.reductions.classics.clique_and_independent_set import CliqueToIndependentSet as found
    elif wanted("sat-groups-to-sign-cnn"):
        from relucert.reductions.natural_weights.sat_groups_to_sign_cnn import SatGroupsToSignCnn as found
    elif wanted("sign-cnn-to-random-network"):
        from relucert.reductions.natural_weights.sign_cnn_to_random_network import SignCnnToRandomNetwork as found
    elif wanted("sign-cnn-to-random-cnn"):
        from relucert.reductions.natural_weights.sign_cnn_to_random_cnn import SignCnnToRandomCnn as found
    else:
        raise KeyError
    return found


PROBLEMS = Listed(_problem)
CATALOGUE = Listed(_reduction)


def reduction(
    name: str, parameters: Mapping[str, Any] | None = None, catalogue: Mapping[str, type[AnyReduction]] = CATALOGUE
) -> AnyReduction:
    """The reduction of that name, or the chain of reductions whose names stand between slashes.

    parameters: values, or texts that mean them; one that several links of a chain have is given as LINK.NAME. Raises
    InvalidInstance for an unknown name, a parameter that is unknown or ambiguous or has no such value, and links that
    do not fit.

    >>> reduction("pad-dimension", {"extra": 3})
    PadDimension(extra=3)
    >>> reduction("coloring-to-relu-sum/pad-dimension", {"extra": "3"}).arguments
    {'extra': 3}
    """
    if type(name) is not str or not isinstance(parameters, Mapping | None):
        raise InvalidInstance("a reduction is given by its name and a mapping of parameters")
    classes = []
    for link in name.split("/"):
        if link not in catalogue:
            about = meant(link, [*catalogue, *PROBLEMS])
            raise InvalidInstance(f"there is no reduction {shorten(link)}{about}; there are {', '.join(catalogue)}")
        classes.append(catalogue[link])
    own: list[dict[str, Any]] = [{} for _ in classes]
    for key, value in (parameters or {}).items():
        link, dot, parameter = key.rpartition(".")
        places = [i for i, r in enumerate(classes) if parameter in r().parameters and (not dot or r.name == link)]
        if not places:
            known = ", ".join(Chain(*(r() for r in classes)).parameters) or "none"
            raise InvalidInstance(
                f"{name} has no parameter {shorten(key)}; it takes: {known}{meant(key, known.split(', '))}"
            )
        if len(places) > 1 and not dot:
            which = " or ".join(dict.fromkeys(f"{classes[i].name}.{parameter}" for i in places))
            raise InvalidInstance(f"{name}: several links have a parameter {parameter}: give {which}")
        for i in places:
            if parameter in own[i]:
                raise InvalidInstance(f"{name}: the parameter {parameter} of {classes[i].name} is given twice")
            own[i][parameter] = value
    links = [r(**read_parameters(r().parameters, given)) for r, given in zip(classes, own, strict=True)]
    return links[0] if len(links) == 1 else Chain(*links)
