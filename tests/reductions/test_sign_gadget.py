"""The gadget that forces output weights +1, against its definition."""

import pytest

from relucert.reductions.tight_hardness.relu_sum_to_relu_network import sign_gadget


@pytest.mark.parametrize("k", [1, 2, 3, 8, 21])
def test_labels_are_sums_of_kinks(k):
    points = sign_gadget(k)
    assert [2 * t for t, _ in points] == [-2, *range(1, 4 * k, 2)]
    assert all(y == sum(max(t - 2 * j, 0) for j in range(k)) for t, y in points)
