"""The sum over all tests of what became of the mutants, in the summary."""

from __future__ import annotations

from collections import Counter


def pytest_terminal_summary(terminalreporter) -> None:
    total: Counter[str] = Counter()
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, counts in getattr(report, "user_properties", ()):
            if name == "mutants":
                total.update(counts)
    if total:
        shown = ", ".join(f"{count} {end}" for end, count in total.items())
        terminalreporter.write_line(f"{total.total()} mutants: {shown}")
