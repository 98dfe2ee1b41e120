"""What the tests of least losses share: the search, its certificate, an independent value beside it, seeded bugs."""

from relucert.reductions.problems.training import TRAINING, loss_of
from relucert.verify.certify import CertificateRefused, certify_minimum
from relucert.verify.optimum import Minimum, minimum
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline, Unknown


def find(instance, deadline=None, gap=0):
    return minimum(instance, provers_for(TRAINING, "lp")[0], deadline or Deadline(), gap)


def require_the_least(instances, least_of):
    """A certified minimum that is reached and has the independent value; it is positive for 30 % or more, not all."""
    positive = 0
    for instance in instances:
        found = find(instance)
        assert isinstance(found, Minimum)
        assert loss_of(instance, found.reached.witness) == found.value == least_of(instance)
        assert certify_minimum(found).verdict.verdict == "accepted"
        positive += found.value > 0
    assert 0.3 * len(instances) <= positive < len(instances)


def judged(instance):
    """The value if it is certified, else why not."""
    try:
        found = find(instance)
        if isinstance(found, Unknown):
            return found.reason
        certify_minimum(found)
        return found.value
    except CertificateRefused:
        return "refused"


def right_values(instances):
    values = [judged(instance) for instance in instances]
    assert not any(isinstance(value, str) for value in values)
    return values


def come_to_nothing(instances, right):
    """How many, with a bug; whatever is accepted is right."""
    wrong = [judged(instance) for instance in instances]
    assert all(isinstance(value, str) or value == least for value, least in zip(wrong, right, strict=True))
    return sum(isinstance(value, str) for value in wrong)
