"""The gate: every certificate below a folder is checked, and proves what a manifest says it proves."""
