"""Why a NO is true: one encoding a problem. This page is the list."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Encoding, NotEncoded
from relucert.certificates.encodings import (
    clique,
    coloring,
    densest_subgraph,
    independent_set,
    monotone_circuit,
    multicolored_clique,
    one_in_three,
    sat,
    separability,
    set_cover,
    three_sat,
    training,
    vertex_cover,
)
from relucert.reductions.problem import Problem

ENCODINGS: dict[str, Encoding[Any, Any]] = {
    module.ENCODING.problem.name: module.ENCODING
    for module in (
        training,
        coloring,
        set_cover,
        monotone_circuit,
        densest_subgraph,
        one_in_three,
        separability,
        multicolored_clique,
        sat,
        three_sat,
        vertex_cover,
        clique,
        independent_set,
    )
}


def encoding_of(problem: Problem[Any, Any]) -> Encoding[Any, Any]:
    if problem.name not in ENCODINGS:
        raise NotEncoded(f"the problem {problem.name} has no encoding")
    return ENCODINGS[problem.name]
