"""The decision problems: one file each, with exact instances, `accepts`, canonical JSON and text formats."""
