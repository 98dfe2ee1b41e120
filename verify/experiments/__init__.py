"""Experiments by name: a file each."""

from relucert.verify.experiments.block_law import BlockLaw
from relucert.verify.experiments.distinguishers import Distinguishers
from relucert.verify.experiments.experiment import Experiment
from relucert.verify.experiments.fixed_assignment import FixedAssignment
from relucert.verify.experiments.halfspace import AgnosticReluToHalfspace
from relucert.verify.experiments.key_lemma import KeyLemma
from relucert.verify.experiments.learner import LearnerDistinguishes
from relucert.verify.experiments.norms import Norms
from relucert.verify.experiments.parity import ParityToAgnosticRelu
from relucert.verify.experiments.patches import Patches
from relucert.verify.experiments.sphere import Sphere
from relucert.verify.experiments.statistical_queries import StatisticalQueries
from relucert.verify.experiments.transform import Transform

EXPERIMENTS: dict[str, type[Experiment]] = {
    one.name: one
    for one in (
        Patches, KeyLemma, FixedAssignment, LearnerDistinguishes, Distinguishers, BlockLaw, Transform, Norms, Sphere,
        ParityToAgnosticRelu, StatisticalQueries, AgnosticReluToHalfspace,
    )
}  # fmt: skip
