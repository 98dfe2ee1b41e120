"""Limits hold for all that a command does; UNKNOWN says why, and comes with what is known; progress is shown."""

import contextlib
import io
import json
import os
import pty
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import forked
import pytest

import relucert as package
from relucert.certificates.checker import check
from relucert.certificates.kernel import Meter
from relucert.certificates.quantities import QUANTITIES
from relucert.certificates.writer import No, Yes
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import dumps
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.verify import jobs, limits, memory, optimum
from relucert.verify.certify import certify_bounds, certify_instance, certify_reduction
from relucert.verify.decide import decide
from relucert.verify.enclose import enclose
from relucert.verify.files import PIECE, read_text
from relucert.verify.isolate import Told, race
from relucert.verify.limits import GRACE, LINE, RATE, Counted, LimitReached, Watch, charge
from relucert.verify.optimum import Bounds, Minimum, minimum, simplest_between, together
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline, OutOfTime, Unknown

pytestmark = pytest.mark.thorough

EXAMPLES = Path(__file__).parents[2] / "examples"
SAWTOOTH = EXAMPLES / "sawtooth.csv"
GROTZSCH = EXAMPLES / "grotzsch.col"
NEVER = 10.0**6  # seconds


def relucert(*arguments, **options):
    return forked.run("relucert", *arguments, environment={"COLUMNS": "200"}, **options)


def test_the_longest_numbers_have_an_answer(tmp_path):
    """Also where a proof or a solution would have longer ones than a certificate may have, as squares have."""
    rng, path = random.Random(7), tmp_path / "data.json"
    places = [(x, y) for x in (-7, -5, -3, 1, 2, 4) for y in (-8, -6, -1, 3, 5, 9)]
    for number in range(40):
        large = rng.choice((10**2100, 10**3000))  # whose squares a file cannot have, and Python does not write
        activation, output = rng.choice((("relu", "signs"), ("relu", "ones"), ("threshold", "real")))
        kind = rng.choice(("labels", "one label", "points", "small labels"))
        labels = {
            "labels": [large + i for i in range(6)],
            "one label": [large, *range(5)],
            "points": [*range(6)],
            "small labels": [Fraction(i, large + 1) for i in range(6)],
        }[kind]
        points = [(x * large if kind == "points" else x, y) for x, y in rng.sample(places, 6)]
        samples = tuple(map(sample, points, labels))
        loss = "l2" if number % 2 else rng.choice(("exact", "l1", "linf", "l0"))
        threshold = 0 if loss == "exact" else rng.choice((1, large))
        shape = {"activation": activation, "output": output, "bias": True}
        data = TrainingInstance(2, rng.randint(1, 2), samples, loss=loss, threshold=threshold, **shape)
        path.write_text(dumps(TRAINING.instance_to_json(data)))
        command = ["certify", "training"] if rng.random() < 0.7 else ["optimum"]
        done = relucert(*command, path, "--time-limit", 2, "--json", "--quiet")
        facts = json.loads(done.stdout)
        assert (facts["verdict"], done.returncode) in {("YES", 0), ("NO", 0), ("UNKNOWN", 3)}, (data, done.stderr)
        assert not any(word in facts.get("reason", "") for word in ("Error", "refused")), facts


@pytest.mark.parametrize("large", [10**2100, 10**3000], ids=["2100 digits", "3000 digits"])
def test_a_proof_with_longer_numbers_than_a_certificate_may_have_is_unknown(large):
    """Squares of the label have more than 4,000 digits, of which Python writes 4,300; half as many are no obstacle."""
    points, labels = [(-7, 5), (-5, -8), (-3, 9), (1, 3), (2, -6), (4, -1)], [large, *range(5)]
    data = TrainingInstance(2, 1, tuple(map(sample, points, labels)), output="ones", bias=True, loss="l2", threshold=3)
    found = certify_instance(TRAINING, data, jobs.racing("auto", Watch(60)))
    assert isinstance(found, Unknown)
    assert "no certificate within the limits: " in found.reason
    assert "a number of more than 4000 digits" in found.reason
    shorter = replace(data, samples=(data.samples[0]._replace(y=10**500), *data.samples[1:]))
    assert certify_instance(TRAINING, shorter, jobs.racing("auto", Watch(60))).answer == "NO"


# ------------------------------------------------------------------------------------------- limits of the process


def test_a_source_that_never_ends_is_read_no_longer_than_allowed(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    keep_open = os.open(pipe, os.O_RDWR)
    for command in (["certify", "sat"], ["learn"], ["export", "training"]):
        more = ["--to", "csv", "-o", tmp_path / "out"] if command[0] == "export" else []
        more += ["--epsilon", "1/2"] if command[0] == "learn" else []
        done = relucert(*command, pipe, *more, "--time-limit", 0.1, "--json")
        assert (done.returncode, done.stderr) == (3, "")
        said = json.loads(done.stdout)
        assert (said["verdict"], said["reason"]) == ("UNKNOWN", "time")
        assert said["details"][0].startswith(("stopped while reading", "stopped while starting"))  # a slow machine
    done = relucert("check", pipe, "--time-limit", 0.1)
    assert (done.returncode, done.stdout) == (3, "resource-limit: time: stopped while checking\n")
    os.close(keep_open)


def test_memory_is_limited_while_a_target_is_built(tmp_path):
    """Ten million vertices are 80 MB of isolated ones."""
    graph, out = tmp_path / "graph.json", tmp_path / "out"
    graph.write_text('{"vertices": 3000000, "edges": []}')
    done = relucert("reduce", "coloring-to-relu-sum", graph, "-p", "colors=2", "--memory-limit", 0.1, "-o", out)
    assert (done.returncode, out.exists()) == (3, False)
    assert "memory\n  stopped while reducing" in done.stdout


@pytest.mark.parametrize("value", ["nan", "inf", "0", "-1", "x"])
@pytest.mark.parametrize("option", ["--time-limit", "--memory-limit"])
@pytest.mark.parametrize("command", [["certify", "sat", "x"], ["reduce", "sat", "x"], ["check", "x"]])
def test_what_is_no_limit_is_refused(command, option, value):
    done = relucert(*command, option, value)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert f"'{value}' is not a number above 0" in done.stderr


def test_the_default_memory_is_three_quarters_of_what_is_free(monkeypatch):
    monkeypatch.setattr(memory, "free", lambda: 4000)
    monkeypatch.setattr(memory, "resident", lambda: 7)
    assert (Watch().memory, Watch(1, 2).memory) == (3007, 2**31 + 7)


def test_memory_without_the_files_of_linux_is_about_the_same(monkeypatch):
    held, free = memory.resident(), memory.free()
    assert memory.resident(os.getpid()) == pytest.approx(held, rel=0.1)
    monkeypatch.setattr(memory, "PROC", "/no/such")
    assert memory.resident() == memory.resident(os.getpid()) == pytest.approx(held, rel=0.1)
    assert memory.free() == pytest.approx(free, rel=0.5)
    with forked_child() as pid:
        assert memory.resident(pid) > 0
    assert memory.resident(pid) == 0
    monkeypatch.undo()
    assert memory.resident(pid) == 0


def test_a_watch_looks_at_both():
    watch = Watch(NEVER, 1)
    watch.doing("reading x")
    assert watch.look(time.monotonic(), watch.memory) is None
    assert str(watch.look(time.monotonic(), watch.memory + 1)) == "memory: stopped while reading x"
    late = watch.deadline.end + GRACE
    assert watch.look(late, 0) is None
    assert watch.look(late + 1, 0).reason == "time"


def test_no_handler_of_exceptions_stops_a_limit_and_the_timer_is_given_back():
    before = signal.getsignal(signal.SIGALRM)

    def stubborn():
        with Watch(1e-9):
            while True:
                with contextlib.suppress(Exception):
                    time.sleep(NEVER)

    with pytest.raises(LimitReached):
        stubborn()
    assert (signal.getitimer(signal.ITIMER_REAL), signal.getsignal(signal.SIGALRM)) == ((0.0, 0.0), before)


def test_in_python_too(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    keep_open = os.open(pipe, os.O_RDWR)
    result = package.certify("sat", pipe, time_limit=0.2)
    assert (result.answer, result.reason, result.instance) == ("UNKNOWN", "time", None)
    assert result.details == ("stopped while reading the source",)
    os.close(keep_open)


@contextlib.contextmanager
def forked_child():
    """A process that waits, and has been reaped in the end."""
    pid = os.fork()
    if pid == 0:
        time.sleep(NEVER)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


# ------------------------------------------------------------------------------------------------------ counted work


def in_a_thread(function):
    """What a function returns, or the limit that ends it, in a thread, where no timer reaches it."""
    with ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(function).result()
        except LimitReached as limit:
            return limit


def counted(work, function, words=2**40, phase="counting"):
    """The same within a watch that has so many units of work and words of memory, and all the time that there is."""
    watch = Watch()
    watch.meter = Meter(work, words)

    def run():
        with watch:
            watch.doing(phase)
            return function()

    return in_a_thread(run)


def test_limits_are_so_much_work_and_memory():
    one, two = Watch(1, 2), Watch(2, 2)
    assert two.left - one.left == RATE
    assert one.left == RATE * (1 + GRACE)
    assert one.meter.most_words == 2**31 // 8
    assert Watch().left > RATE * NEVER


def test_what_is_charged_is_at_most_what_there_is():
    assert counted(10, lambda: [charge(4), charge(6)]) == [None, None]
    assert str(counted(10, lambda: [charge(4), charge(7)])) == "time: stopped while counting"
    assert str(counted(10, lambda: charge(1, 9), words=8)) == "memory: stopped while counting"
    charge(10**100, 10**100)  # without a watch nothing is limited


def test_a_watch_is_that_of_its_thread():
    with Watch(1):
        assert in_a_thread(lambda: charge(10**100)) is None
        with Watch(1), pytest.raises(LimitReached):
            charge(10**100)
        with pytest.raises(LimitReached):
            charge(10**100)


def test_counting_looks_at_the_clock_too(monkeypatch):
    watch = Watch(NEVER)
    watch.charge(1)
    watch.deadline.end = time.monotonic() - 2 * GRACE
    watch.charge(1)  # not every time
    with pytest.raises(LimitReached, match="time"):
        watch.charge(RATE)


def spent(function):
    """Units of work that a function counts, in a thread."""
    watch = Watch()

    def run():
        with watch:
            function()

    in_a_thread(run)
    return watch.meter.work


CERTIFICATE = (Path(__file__).parents[1] / "corpus/accept/equivalence-clique-no.jsonl").read_bytes()


def test_a_check_counts_as_much_as_it_says():
    verdict = check(io.BytesIO(CERTIFICATE))
    assert verdict.verdict == "accepted"
    assert check(io.BytesIO(CERTIFICATE), Counted()) == verdict
    assert counted(verdict.work, lambda: check(io.BytesIO(CERTIFICATE), Counted())) == verdict
    for work in (1, verdict.work // 2, verdict.work - 1):
        limit = counted(work, lambda: check(io.BytesIO(CERTIFICATE), Counted()), phase="checking")
        assert str(limit) == "time: stopped while checking"
    own = counted(verdict.work, lambda: check(io.BytesIO(CERTIFICATE), Counted(work=100)))
    assert own.verdict == "resource-limit"  # that of the check itself


def test_reading_is_counted_piece_by_piece(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"x" * (5 * PIECE + 1))
    assert len(counted(5 * PIECE + 1, lambda: read_text(str(path)))) == 5 * PIECE + 1
    assert counted(5 * PIECE, lambda: read_text(str(path))).reason == "time"
    assert counted(2**40, lambda: read_text(str(path)), words=PIECE).reason == "memory"
    endless = counted(2**20, lambda: read_text("/dev/zero"))
    assert endless.reason == "time"


def test_nothing_is_reduced_that_costs_more_than_is_left(monkeypatch):
    """The file of this graph is small, what is made of it is not."""
    parsed = jobs.by_name("coloring-to-relu-sum", {"colors": 2})
    problem = parsed.problem
    graph = problem.complete(problem.parse('{"vertices": 300000, "edges": []}', ".json"), {"colors": 2})
    job = lambda: jobs.source_of_the_last_link(parsed.reduction, graph)  # noqa: E731
    assert counted(2**40, job) is graph
    assert counted(100, job).reason == "time"
    assert counted(2**40, job, words=1000).reason == "memory"

    def never(*_):
        raise AssertionError("this was built")

    monkeypatch.setattr(type(parsed.reduction), "reduce", never)
    chained = jobs.Job("", problem, graph, None, parsed.reduction, last=graph)
    assert counted(100, chained.target).reason == "time"
    assert counted(100, lambda: certify_reduction(parsed.reduction, graph, never)).reason == "time"


def test_solutions_are_carried_and_evaluated_by_counted_work():
    """A YES is carried forward, and then the certificate is checked, which costs the same again and more."""
    r = jobs.by_name("coloring-to-relu-sum/relu-sum-to-relu-network", {}).reduction
    graph = r.source.instance_from_json({"vertices": 4, "edges": [[0, 1], [1, 2], [2, 3]], "colors": 2})

    def decided(*_):
        return Yes((0, 1, 0, 1))

    def run():
        return certify_reduction(r, graph, decided)

    all_of_it = spent(run)
    instances = [graph, r.links[0].reduce(graph)]
    reducing = sum(link.work(one) for link, one in zip(r.links, instances, strict=True))
    witness, mapping = (0, 1, 0, 1), 0
    for link, one in zip(r.links, instances, strict=True):
        mapping += link.work(one) + link.work(one, witness)
        witness = link.forward(one, witness)
    evaluating = r.target.work(r.reduce(graph), witness)
    done = counted(all_of_it, run)
    assert done.answer == "YES"
    assert all_of_it == reducing + mapping + evaluating + done.verdict.work
    for work in (reducing - 1, reducing + mapping - 1, reducing + mapping + evaluating, all_of_it - 1):
        assert counted(work, run).reason == "time"


def test_quantities_are_counted_before_they_are_enclosed():
    """The check of what has been found costs as much again."""
    quantity = "growth-limit"
    all_of_it = spent(lambda: enclose(quantity, {}, Fraction(1, 1000)))
    done = counted(all_of_it, lambda: enclose(quantity, {}, Fraction(1, 1000)))
    work = QUANTITIES[quantity].work({}, done.effort)
    assert all_of_it == work + done.certified.verdict.work
    assert counted(work - 1, lambda: enclose(quantity, {}, Fraction(1, 1000))).reason == "time"


def test_formulas_are_counted_before_they_are_built():
    instance = TrainingInstance(1, 2, (sample([1], 1), sample([2], 3), sample([3], 0)))
    words = SEARCHES["training"].encoding.words(instance, None)
    assert decide(TRAINING, instance, z3(), Deadline(work=words // 8 - 1)) == Unknown("time")


@pytest.mark.parametrize(("rate", "phase"), [(0, "reading the source"), (30, "reducing")])
def test_threads_have_limits_too(monkeypatch, rate, phase):
    """Of no work at all nothing is read, of a little nothing is reduced; nobody looks at a clock for that."""
    monkeypatch.setattr(limits, "RATE", rate)
    found = in_a_thread(lambda: package.certify("coloring-to-relu-network", str(GROTZSCH), colors=3, time_limit=99))
    assert (found.answer, found.reason, found.details) == ("UNKNOWN", "time", (f"stopped while {phase}",))


# -------------------------------------------------------------------------------------------------------- progress


def test_progress_is_a_line_every_ten_seconds_or_a_live_one(monkeypatch):
    monkeypatch.delenv("RELUCERT_QUIET")
    watch = Watch(100, quiet=False)
    watch.live, start = False, watch.start
    watch.doing("deciding the sat instance")
    watch.note("z3", "case 1 of 4")
    assert watch.due(start + LINE - 1) == ""
    assert watch.due(start + LINE) == "10 s: deciding the sat instance; z3: case 1 of 4; 90 s left\n"
    assert watch.due(start + LINE + 1) == ""
    assert watch.due(start + 2 * LINE).startswith("20 s: ")
    watch.live = True
    line = watch.due(start + 21)
    assert (line[:6], line[-3:], "\n" in line) == ("\r21 s:", "\x1b[K", False)
    watch.hush()
    assert watch.due(start + 50) == ""


@pytest.mark.parametrize(("said", "quiet"), [("1", True), ("", False)])
def test_the_environment_can_ask_for_no_progress(said, quiet, monkeypatch):
    monkeypatch.setenv("RELUCERT_QUIET", said)
    watch = Watch(100, quiet=False)
    assert (watch.due(watch.start + LINE) == "") == quiet


def test_on_a_terminal_the_line_is_gone_before_the_outcome_comes():
    """A source that never comes is read for two seconds and a half, and shown after one."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.pop("RELUCERT_QUIET")
        os.execv(sys.executable, [sys.executable, "-m", "relucert", "certify", "sat", "-", "--time-limit", "2.5"])
    said = b""
    with contextlib.suppress(OSError):  # the terminal ends with the process
        while piece := os.read(terminal, 4096):
            said += piece
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    live, outcome = said.decode().split("\r\x1b[K", 1)[0], said.decode().rsplit("\r\x1b[K", 1)[1]
    assert ": reading -; " in live
    assert outcome.startswith("UNKNOWN  sat -: time\r\n")


# --------------------------------------------------------------------------------------------------- why it is UNKNOWN


def test_unknown_says_which_side_prover_and_case_and_what_to_try():
    patient = {"relucert.verify.limits.GRACE": NEVER}  # so provers end by themselves, however slow the machine is
    command = ["certify", "coloring-to-relu-network", GROTZSCH, "-p", "colors=3", "--time-limit", 1e-6]
    done = relucert(*command, "--json", constants=patient)
    said = json.loads(done.stdout)
    assert (done.returncode, said["reason"]) == (3, "time")
    assert any(line.startswith("source: hypergraph-coloring: ") for line in said["details"])
    assert any(line.startswith("target: training: z3: ") for line in said["details"])
    assert said["try"] == ["a longer --time-limit, the other --prover, or a smaller instance"]
    shown = relucert(*command, constants=patient).stdout
    assert "\n  target: training: lp: time\n" in shown
    assert "\n  to try: a longer --time-limit" in shown


def fake(name, *told, then):
    """A prover for `race` with a task that tells these things and then returns, or waits for ever."""

    class Fake:
        def run(self, deadline):
            for text, found in told:
                deadline.tell(text, found)
            if then is None:
                time.sleep(NEVER)
            return then

    one = Fake()
    one.name = name
    return one


def test_a_race_keeps_what_provers_told():
    told = fake("a", ("case 1 of 2", None), ("case 2 of 2", "something"), ("on", None), then=Unknown("gave up"))
    notes = []
    found = race(lambda p, d: p.run(d), [told], Deadline(NEVER), note=lambda *words: notes.append(words))
    assert (found.reason, found.details, found.found) == ("gave up", ("a: on, then gave up",), ("something",))
    assert notes == [("a", "case 1 of 2"), ("a", "case 2 of 2"), ("a", "on")]
    assert isinstance(Told("x"), Told)


# ---------------------------------------------------------------------------------------------------------- bounds

# Two samples at 1: the least squared error is 1/2. Three at 1 and 2: needs real work, but not much.
TWO = TrainingInstance(1, 1, (sample([1], 1), sample([1], 0)), loss="l2")


def z3():
    return provers_for(TRAINING, "z3")[0]


def test_bounds_with_a_gap_hold_the_minimum():
    for gap in (Fraction(1, 2), Fraction(1, 10), Fraction(1, 100)):
        bounds = minimum(TWO, z3(), Deadline(), gap)
        assert isinstance(bounds, Bounds)
        assert bounds.within(gap)
        assert bounds.lower <= Fraction(1, 2) <= bounds.upper
        assert certify_bounds(bounds).verdict.proved.low == bounds.lower > 0
    exact = minimum(TWO, z3(), Deadline())
    assert isinstance(exact, Minimum)
    assert exact.value == Fraction(1, 2)


def test_out_of_time_the_bounds_are_still_there(monkeypatch):
    """The prover never gets below the best network, but refutes what is less than 1/4."""

    def decide(_problem, instance, _prover, deadline, below=False):
        deadline.spend(1)
        assert below
        if instance.threshold <= Fraction(1, 4):
            return No(())
        return Unknown("time")

    monkeypatch.setattr(optimum, "decide", decide)
    told = []
    deadline = Deadline(work=200)
    deadline.tell = lambda text, found: told.append((text, found))
    found = minimum(TWO, z3(), deadline)
    assert (type(found), found.reason) == (Unknown, "time")
    [bounds] = found.found
    assert bounds.upper >= Fraction(1, 2)
    assert Fraction(1, 8) < bounds.lower <= Fraction(1, 4)
    assert told[0][0].endswith("and at least 0")
    assert told[-1][1].lower > 0


def test_the_best_of_two_provers():
    half, third = (replace(TWO, threshold=Fraction(1, q)) for q in (2, 3))
    why = No(())
    both = together([Bounds(half, Yes("a"), Fraction(1, 4), why), Bounds(third, Yes("b"))])
    assert (both.upper, both.reached.witness, both.lower, both.below) == (Fraction(1, 3), "b", Fraction(1, 4), why)
    assert together([Bounds(TWO, Yes("net"))]).lower == 0


def test_parts_of_a_deadline_spend_what_the_whole_has():
    whole = Deadline(work=10)
    part = whole.part()
    part.part().spend(1)
    assert (part.work, whole.work) == (4, 9)
    with pytest.raises(OutOfTime):
        Deadline(work=1).part()
    whole.within(5).spend(2)
    assert (whole.work, whole.within(5).work, whole.within(50).work, Deadline().within(5).work) == (7, 5, 7, 5)
    with pytest.raises(OutOfTime):
        whole.within(5).spend(6)
    assert whole.work == 1


@pytest.mark.parametrize(("low", "high"), [(Fraction(1, 3), Fraction(2, 5)), (Fraction(1, 1000), Fraction(1, 999))])
def test_a_threshold_is_between_and_short(low, high):
    found = simplest_between(low, high)
    assert low <= found <= high
    assert found.denominator <= 2 / (high - low)


def test_optimum_with_a_gap_writes_bounds(tmp_path):
    order = ["optimum", SAWTOOTH, "--neurons", 2, "--bias", "--gap", "1/4", "-o", tmp_path / "least.cert"]
    done = relucert(*order, "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"]) == (0, "BOUNDS")
    low, high = Fraction(said["lower"]), Fraction(said["upper"])
    assert low <= Fraction(6, 35) <= high  # the minimum
    assert high - low <= high / 4
    with (tmp_path / "least.cert").open("rb") as stream:
        verdict = check(stream)
    assert (verdict.claim, verdict.proved.instance.threshold, verdict.proved.low) == ("bounds", high, low)
    for gap in ("1", "-1/2", "x"):
        assert relucert(*order[:-3], gap).returncode == 2


def test_a_certificate_of_bounds_is_checked_before_it_is_shown():
    from relucert.verify.certify import CertificateRefused

    with pytest.raises(CertificateRefused):
        certify_bounds(Bounds(TWO, Yes(package.certify_training([[1]], [1], neurons=1).network)))
    with pytest.raises(InvalidInstance):
        package.certify_training([[1]], [1], neurons=1, time_limit=float("nan"))
    assert sys.version_info >= (3, 11)
