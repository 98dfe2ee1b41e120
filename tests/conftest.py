"""Shared by all tests: hypothesis profiles; in the summary the share of YES and NO, and what became of the mutants."""

from __future__ import annotations

import gc
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

os.environ["RELUCERT_QUIET"] = "1"  # lines of progress come where a machine is slow

settings.register_profile(
    "same",  # the same examples in every run
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("many", settings.get_profile("same"), max_examples=60)  # of `make many`
settings.register_profile("random", settings.get_profile("same"), derandomize=False)  # --hypothesis-profile=random
settings.load_profile("same")


@pytest.fixture
def shares(record_property):
    """shares(yes, no) shows how many instances had either answer, and asserts that both had enough: NO has 30 %."""

    def show_and_check(yes: int, no: int) -> None:
        share = no / (yes + no)
        record_property("answers", f"{yes} YES, {no} NO ({share:.0%})")
        assert 0.3 <= share <= 0.8

    return show_and_check


def pytest_terminal_summary(terminalreporter) -> None:
    mutants: Counter[str] = Counter()
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, value in getattr(report, "user_properties", ()):
            if name in ("answers", "engines") and report.passed:
                terminalreporter.write_line(f"{report.nodeid}: {value}")
            elif name == "mutants":
                mutants.update(value)
    if mutants:
        shown = ", ".join(f"{count} {end}" for end, count in mutants.items())
        terminalreporter.write_line(f"{mutants.total()} mutants: {shown}")


def pytest_collection_modifyitems(items) -> None:
    """Tests that draw examples are marked: `make many` runs them with more of these."""
    for item in items:
        if isinstance(item, pytest.Function):
            inside = "given" in item.function.__code__.co_names
            if inside or getattr(item.function, "is_hypothesis_test", False):
                item.add_marker("random")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector of cycles need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)
