"""What is offered to be trusted: statements, encodings, and reductions that are right."""

from __future__ import annotations

from relucert.certificates.plugin import Plugin
from relucert_published_mistakes import mended
from relucert_published_mistakes.consecutive_ones import CONSECUTIVE_ONES_SUBMATRIX, ConsecutiveOnesEncoding
from relucert_published_mistakes.hamiltonian_path import HAMILTONIAN_PATH, HamiltonianPathEncoding
from relucert_published_mistakes.job_shop import JOB_SHOP, JobShopEncoding
from relucert_published_mistakes.partition import PARTITION, PartitionEncoding
from relucert_published_mistakes.weight_constrained_path import WEIGHT_CONSTRAINED_PATH, PathEncoding

PLUGIN = Plugin(
    (PARTITION, WEIGHT_CONSTRAINED_PATH, JOB_SHOP, HAMILTONIAN_PATH, CONSECUTIVE_ONES_SUBMATRIX),
    (PartitionEncoding(), PathEncoding(), JobShopEncoding(), HamiltonianPathEncoding(), ConsecutiveOnesEncoding()),
    (mended.PartitionToPath, mended.PartitionToJobShop, mended.HamiltonianPathToConsecutiveOnes),
)
