"""Shared by all tests: hypothesis profiles, and the share of YES and NO instances in the summary."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "relucert",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("relucert")


def pytest_terminal_summary(terminalreporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, text in getattr(report, "user_properties", ()):
            if name == "answers":
                terminalreporter.write_line(f"{report.nodeid}: {text}")
