"""The test kit for reductions of your own; it needs hypothesis: pip install 'relucert[testing]'.

>>> from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover
>>> found = assert_reduction(VertexCoverToSetCover(), max_examples=60)
>>> found.answers.total(), found.answers["NO"] >= 18
(60, True)

The strategies that it draws from are for other tests, too:

>>> from hypothesis import given
>>> @given(instances("vertex-cover"))
... def vertices_and_sets_have_the_same_numbers(instance):
...     assert len(VertexCoverToSetCover().reduce(instance).sets) == instance.vertices
>>> vertices_and_sets_have_the_same_numbers()
"""

from relucert.verify.testing import Findings, ReductionBroken, assert_reduction, instances
from relucert.verify.testing.counterexample import Counterexample
from relucert.verify.testing.laws import Law

__all__ = ["Counterexample", "Findings", "Law", "ReductionBroken", "assert_reduction", "instances"]
