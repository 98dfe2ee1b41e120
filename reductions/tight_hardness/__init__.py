"""Goel, Klivans, Manurangsi, Reichman: Tight Hardness Results for Training Depth-2 ReLU Networks, ITCS 2021."""
