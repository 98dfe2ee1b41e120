"""What joins the catalogue: under free names, of its own problems, and never believed without being named."""

import pytest
from files import CORPUS, closed, lines_of

from relucert.certificates.catalogue import BUILTIN
from relucert.certificates.checker import check
from relucert.certificates.encodings.set_cover import ENCODING
from relucert.certificates.plugin import Plugin, join
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.set_cover import SET_COVER, SetCover
from relucert.reductions.reduction import Chain
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.reductions.tight_hardness.relu_sum_to_relu_network import ReluSumToReluNetwork


class Another(SetCover):
    name = "another"


class Pads(PadDimension):
    name = "pads"


class Wrong(ReluSumToReluNetwork):
    """Drops the gadget."""

    def reduce(self, instance):
        return instance


class Hidden(Chain):
    """A chain of a link that nobody has named."""

    name, reference = "hidden", ""
    source, target = ColoringToReluSum.source, Wrong.target

    def __init__(self):
        super().__init__(ColoringToReluSum(), Wrong())


class Named(type("Base", (PadDimension,), {})):
    name = "sat"  # of a built-in problem


@pytest.mark.parametrize(
    ("plugin", "word"),
    [
        (Plugin(reductions=(PadDimension,)), "'pad-dimension' is taken, by relucert"),
        (Plugin(problems=(SET_COVER,)), "'set-cover' is taken, by relucert"),
        (Plugin(reductions=(Named,)), "'sat' is taken, by relucert"),
        (Plugin(problems=(Another(), Another())), "stands for two things"),
        (Plugin(encodings=(ENCODING,)), "not its own"),
        (Plugin(reductions=(Hidden,)), "which no catalogue has"),
        (Plugin(problems=(3,)), "is no problem"),
        (Plugin(encodings=(3,)), "is no encoding"),
    ],
)
def test_what_does_not_join(plugin, word):
    with pytest.raises(InvalidInstance, match=word):
        join(BUILTIN, plugin, "outside 1")


def test_a_name_taken_by_another_plugin():
    joined = join(BUILTIN, Plugin(reductions=(Pads,)), "first 1")
    with pytest.raises(InvalidInstance, match="is taken, by first 1"):
        join(joined, Plugin(reductions=(Pads,)), "second 1")


def test_what_is_trusted_is_named_and_nothing_else(tmp_path):
    claim, *evidence = lines_of(CORPUS / "accept/equivalence-yes-with-a-parameter.jsonl")
    path = tmp_path / "outside.cert"
    path.write_bytes(closed([{**claim, "reduction": "pads"}, *evidence]))
    joined = join(BUILTIN, Plugin(reductions=(Pads,)), "outside 1")
    for catalogue, verdict, trusting in ((joined, "accepted", ("outside 1",)), (BUILTIN, "unsupported", ())):
        with path.open("rb") as stream:
            found = check(stream, catalogue=catalogue)
        assert (found.verdict, found.trusting) == (verdict, trusting)
    with (CORPUS / "accept/equivalence-yes.jsonl").open("rb") as stream:
        assert check(stream, catalogue=joined).trusting == ()


@pytest.mark.parametrize("long", ["1e999999999", "1e-999999999", "1/" + "3" * 4001, "7" * 9000])
def test_a_parameter_with_too_many_digits_is_a_limit(long, tmp_path):
    """As in any other place of a certificate; nothing of that length is computed."""
    claim, *evidence = lines_of(CORPUS / "accept/equivalence-yes-with-a-parameter.jsonl")
    [name] = claim["parameters"]
    path = tmp_path / "long.cert"
    path.write_bytes(closed([{**claim, "parameters": {name: long}}, *evidence]))
    with path.open("rb") as stream:
        assert check(stream).verdict == "resource-limit"


def test_a_parameter_has_one_name_and_one_form(tmp_path):
    """Else one claim could be written in several ways, or a parameter be given twice."""
    claim, *evidence = lines_of(CORPUS / "accept/equivalence-yes-with-a-parameter.jsonl")
    [(name, value)] = claim["parameters"].items()
    path = tmp_path / "spelled.cert"
    full = f"{claim['reduction']}.{name}"
    for parameters, verdict in (
        ({name: value}, "accepted"),
        ({full: value}, "malformed"),
        ({name: str(value)}, "malformed"),
        ({name: True}, "malformed"),
        ({name: [value, value]}, "malformed"),
        ({name: value, full: value}, "malformed"),
        ({full: value, name: value}, "malformed"),
    ):
        path.write_bytes(closed([{**claim, "parameters": parameters}, *evidence]))
        with path.open("rb") as stream:
            assert check(stream).verdict == verdict
