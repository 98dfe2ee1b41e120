"""HiGHS for linear programs: by its simplex, in one thread, and silently."""

from __future__ import annotations

from typing import Any

import highspy


def simplex(**options: Any) -> highspy.Highs:
    """HiGHS with these options besides. One process has one scheduler of threads, so if somebody else has started it
    with several, every run that asks for one is an error; then there are those that there are."""
    highs = highspy.Highs()
    fixed = {"output_flag": False, "presolve": "off", "solver": "simplex", "threads": 1}
    for option, value in {**fixed, **options}.items():
        highs.setOptionValue(option, value)
    if highs.run() == highspy.HighsStatus.kError:  # the empty program
        highs.setOptionValue("threads", 0)
    return highs
