"""How problems are searched: a file for each, which is imported when the problem is searched. This page is the list."""

from __future__ import annotations

from relucert.verify.search import Searches, found_in

SEARCHES = Searches(
    {
        "hypergraph-coloring": found_in("problems.coloring"),
        "set-cover": found_in("problems.set_cover"),
        "monotone-circuit": found_in("problems.monotone_circuit"),
        "densest-subgraph": found_in("problems.densest_subgraph"),
        "one-in-three": found_in("problems.one_in_three"),
        "two-hyperplane-separability": found_in("problems.separability"),
        "two-hyperplane-strip": found_in("problems.strip"),
        "multicolored-clique": found_in("problems.multicolored_clique"),
        "sat": found_in("problems.sat"),
        "three-sat": found_in("problems.three_sat"),
        "vertex-cover": found_in("problems.vertex_cover"),
        "clique": found_in("problems.clique"),
        "independent-set": found_in("problems.independent_set"),
        "max-cut": found_in("problems.max_cut"),
        "sat-groups": found_in("problems.sat_groups"),
        "sign-cnn": found_in("problems.sign_cnn"),
        "random-network-fit": found_in("problems.random_network"),
        "random-cnn-fit": found_in("problems.random_cnn"),
        "training": found_in(
            "provers.one_in_three_search",
            "provers.ramps_search",
            "provers.max_loss",
            "provers.unit_ball_search",
            "problems.training",
        ),  # the general one last
    }
)
