"""Groups of clauses: their statement, and their two formats."""

import pytest

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.sat_groups import SAT_GROUPS, Group, SatGroupsInstance

# 1 or 2 holds, and (1 or not 2) or (2) fails: exactly one variable is true
ONE_OF_TWO = SatGroupsInstance(2, (Group(0, ((1, 2),)), Group(1, ((1, -2), (2,)))))
TEXT = "c two groups\np cnf 2 3\ng 0\n2 1 0\nc between\ng 1\n1 -2 0 2\n0\n"


def test_an_assignment_satisfies_exactly_the_groups_of_label_0():
    accepted = [true for true in ((), (1,), (2,), (1, 2)) if SAT_GROUPS.accepts(ONE_OF_TWO, true)]
    assert accepted == [(1,), (2,)]
    contradiction = SatGroupsInstance(1, (Group(0, ((1,),)), Group(1, ((1,),))))
    assert not any(SAT_GROUPS.accepts(contradiction, true) for true in ((), (1,)))


def test_the_two_formats_say_the_same():
    json = '{"variables":2,"groups":[{"label":0,"clauses":[[1,2]]},{"label":1,"clauses":[[1,-2],[2]]}]}'
    assert SAT_GROUPS.read(TEXT, ".cnf", {}) == SAT_GROUPS.read(json, ".json", {}) == (ONE_OF_TWO, ())
    assert SAT_GROUPS.instance_from_json(SAT_GROUPS.instance_to_json(ONE_OF_TWO)) == ONE_OF_TWO


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p cnf 2 1\ng 2\n1 0\n", "line 2: expected 'g 0' or 'g 1'"),
        ("p cnf 2 1\ng\n1 0\n", "line 2: expected 'g 0' or 'g 1'"),
        ("p cnf 2 1\n1 0\n", "no group is opened"),
        ("p cnf 2 2\n1 0\ng 0\n2 0\n", "line 2: a clause stands before the first group"),
        ("p cnf 2 2\ng 0\n1 0 2\ng 1\n-1 0\n", "line 4: a clause does not end before this group opens"),
        ("p cnf 2 2\ng 0\n1 0 2 0\ng 1\n", "group 1 has no clause"),
        ("p cnf 2 1\ng 0\n0\n", "group 0, clause 0: a clause has at least one literal"),
        ("p cnf 2 1\ng 0\n1 2 -1 0\n", "line 3: a variable stands twice"),
        ("p cnf 2 1\ng 0\n1 3 0\n", "line 3: the variable 3 is outside"),
        ('{"variables":1,"groups":[{"label":2,"clauses":[[1]]}]}', "group 0: the label is 0 or 1"),
        ('{"variables":1,"groups":[{"label":0,"clauses":[[1,-1]]}]}', "group 0, clause 0: variables must be distinct"),
        ("", "the file is empty"),
    ],
)
def test_bad_files(text, message):
    with pytest.raises(InvalidInstance, match=message):
        SAT_GROUPS.read(text, ".json" if text.startswith("{") else ".cnf", {})
