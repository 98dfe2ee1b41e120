"""Numbers that bound a run: every option of every command, and what Python takes, refuses those that make no sense."""

import click
import pytest

import relucert
from relucert.certificates.__main__ import main as check_alone
from relucert.certificates.checker import Limits
from relucert.reductions.exact import InvalidInstance
from relucert.testing import assert_reduction
from relucert.verify.commands import group, main
from relucert.verify.commands.options import Exact, Exacts, Number
from relucert.verify.ranges import COUNT, GIGABYTES, SECONDS, SEED, SHARE

NONSENSE = ["nan", "-nan", "NaN", "inf", "-inf", "1e400", "-1", "1" * 5000, "one", "", " "]
# Options that take any text.
WORDS = {"source", "target", "source_dir", "manifest", "since", "junit", "sarif", "cache", "trust", "parameters"}
WORDS |= {"x_columns", "y_columns", "weight_columns", "save_network", "save_witness"}
WORDS |= {"command", "own", "folder", "output_file", "output_folder", "output_prefix", "network", "subject"}
COMMANDS = {name: group.cli.get_command(None, name) for name in group.COMMANDS}

NUMERIC = [
    (name, option)
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option) and isinstance(option.type, Number | Exact | Exacts)
]


def test_every_option_is_a_word_a_choice_or_a_checked_number():
    """So a new option cannot take a number that nothing checks."""
    numeric = {(name, option.name) for name, option in NUMERIC}
    assert len(numeric) > 50
    for name, command in COMMANDS.items():
        for option in command.params:
            if isinstance(option, click.Option) and (name, option.name) not in numeric:
                kinds = click.Choice | click.types.BoolParamType
                assert isinstance(option.type, kinds) or option.name in WORDS, (name, option.name)


def refused(monkeypatch, capfd, *words):
    """The one line with which the command line ends."""
    monkeypatch.setattr("sys.argv", ["relucert", *words])
    with pytest.raises(SystemExit) as end:
        main.main()
    out, err = capfd.readouterr()
    assert (end.value.code, out, len(err.splitlines())) == (2, "", 1)
    return err


@pytest.mark.parametrize(("name", "option"), NUMERIC, ids=[f"{name} {option.opts[0]}" for name, option in NUMERIC])
def test_numbers_without_sense_are_one_line(monkeypatch, capfd, name, option):
    """Exact numbers may be negative and huge."""
    is_exact = not isinstance(option.type, Number)
    for text in NONSENSE:
        if is_exact and text in ("-1", "1e400"):
            continue
        line = refused(monkeypatch, capfd, name, f"{option.opts[0]}={text}", *[text] * (option.nargs - 1))
        assert option.opts[0] in line
        assert len(line) < 300
    if not is_exact:
        allowed = option.type.allowed
        for number in (allowed.most + 1, allowed.least if allowed.real else allowed.least - 1):
            assert f"is not {allowed}" in refused(monkeypatch, capfd, name, f"{option.opts[0]}={number}")
        if not allowed.real:
            assert f"is not {allowed}" in refused(monkeypatch, capfd, name, f"{option.opts[0]}=1.5")


@pytest.mark.parametrize("option", ["--work-limit", "--memory-limit"])
@pytest.mark.parametrize("text", [*NONSENSE, "0", "1.5"])
def test_the_checker_alone(capfd, option, text):
    assert check_alone([f"{option}={text}", "absent.cert"]) == 2
    out, err = capfd.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert "absent.cert" not in err


@pytest.mark.parametrize(
    ("allowed", "inside", "outside"),
    [
        (SECONDS, [1e-9, 1, 600.0, 10**6], [0, 0.0, -1, float("nan"), float("inf"), 10**6 + 1, "1", None, True]),
        (GIGABYTES, [0.5, 1], [0, -0.5, float("nan"), float("inf"), 10**400]),
        (COUNT, [1, 10**18], [0, -1, 1.0, float("nan"), "1", True, 10**18 + 1]),
        (SEED, [0, 1], [-1, 0.0]),
        (SHARE, [0, 0.5, 1], [-0.1, 1.1, float("nan"), "0"]),
    ],
)
def test_ranges(allowed, inside, outside):
    assert all(value in allowed for value in inside)
    assert not any(value in allowed for value in outside)


BAD = [float("nan"), float("inf"), -1, 0, "1", True]


def calls():
    r = relucert.reduction_from_command(["cat"], source="sat", target="sat")
    graph = {"vertices": 2, "edges": [[0, 1]], "budget": 1}
    command = {"command": ["cat"], "source": "sat", "target": "sat"}
    return {
        "certify time_limit": lambda bad: relucert.certify("vertex-cover", graph, time_limit=bad),
        "certify memory_limit": lambda bad: relucert.certify("vertex-cover", graph, memory_limit=bad),
        "certify_training time_limit": lambda bad: relucert.certify_training([[1]], [1], neurons=1, time_limit=bad),
        "certify_training memory_limit": lambda bad: relucert.certify_training([[1]], [1], neurons=1, memory_limit=bad),
        "certify_training neurons": lambda bad: relucert.certify_training([[1]], [1], neurons=bad),
        "reduction_from_command time_limit": lambda bad: relucert.reduction_from_command(**command, time_limit=bad),
        "reduction_from_command memory_limit": lambda bad: relucert.reduction_from_command(**command, memory_limit=bad),
        "reduction_from_command reply_limit": lambda bad: relucert.reduction_from_command(**command, reply_limit=bad),
        "assert_reduction max_examples": lambda bad: assert_reduction(r, max_examples=bad),
        "assert_reduction work": lambda bad: assert_reduction(r, work=bad),
        "assert_reduction min_no": lambda bad: assert_reduction(r, min_no=bad or 2),
        "assert_reduction max_unknown": lambda bad: assert_reduction(r, max_unknown=bad or 2),
        "Limits work": lambda bad: Limits(work=bad),
        "Limits memory": lambda bad: Limits(words=bad),
    }


@pytest.mark.parametrize("name", calls())
def test_python_refuses_them_in_one_line(name):
    for bad in BAD:
        if name.endswith("neurons") and bad == "1":  # as after -p
            continue
        with pytest.raises(InvalidInstance) as refusal:
            calls()[name](bad)
        assert name.split()[1].removesuffix("_limit") in str(refusal.value)
        assert "\n" not in str(refusal.value)


def test_windows_of_pictures_are_exact_numbers():
    hat = relucert.certify_training([[0, 0], [1, 1]], [0, 1], neurons=1)
    for window in ((0, float("nan"), 0, 1), (0, float("inf"), 0, 1), (0, 1), (0, 1, 0, "x")):
        with pytest.raises(InvalidInstance, match="window"):
            hat.plot(window=window)
    with pytest.raises(InvalidInstance, match="line"):
        hat.plot(line=float("nan"))


def test_what_no_machine_holds_is_not_begun(monkeypatch, capfd, tmp_path):
    (tmp_path / "set.csv").write_text("x1,y\n1,1\n")
    source = str(tmp_path / "set.csv")
    for words in (["certify", "training", source], ["optimum", source]):
        assert "too large: neurons" in refused(monkeypatch, capfd, *words, "--neurons", "1000000000000")
