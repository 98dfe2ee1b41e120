"""Statements that are verified by computation: one a file. This page is the list."""

from __future__ import annotations

from relucert.certificates.facts import hermite_addition, padded_dimension
from relucert.certificates.facts.fact import Fact

FACTS: dict[str, Fact] = {module.FACT.name: module.FACT for module in (hermite_addition, padded_dimension)}
