"""Reductions that are commands: a right one in another language, and whatever goes wrong with a process."""

import os
import pickle
import shutil
import sys
from pathlib import Path
from select import select

import psutil
import pytest

from relucert import reduction_from_command
from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.set_cover import SET_COVER
from relucert.reductions.problems.vertex_cover import VERTEX_COVER, VertexCoverInstance
from relucert.testing import Law, ReductionBroken, assert_reduction
from relucert.verify import command_reduction
from relucert.verify.command_reduction import NoReply

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
ADAPTER = ROOT / "examples" / "vertex_cover_to_set_cover.js"
TRIANGLE = VertexCoverInstance(3, ((0, 1), (0, 2), (1, 2)), 1)
LONG = VertexCoverInstance(13, tuple((v, v + 1) for v in range(12)), 6)  # 12! orders of its edges
PATH = VertexCoverInstance(4, ((0, 1), (1, 2), (2, 3)), 2)

RIGHT = """
import json, os, sys, time
def reduce(source):
    sets = [[] for _ in range(source["vertices"])]
    for e, ends in enumerate(source["edges"]):
        for v in ends:
            sets[v].append(e)
    return {"universe": len(source["edges"]), "sets": sets, "budget": source["budget"]}
for line in sys.stdin:
    request = json.loads(line)
    op, source = request["op"], request["source"]
    many = len(source["edges"]) > 2
    result = reduce(source) if op == "reduce" else request["witness"]
    #WRONG
    print(json.dumps({"result": result}), flush=True)
"""


def command(tmp_path, wrong="", **limits):
    script = tmp_path / "adapter.py"
    script.write_text(RIGHT.replace("#WRONG", wrong))
    return reduction_from_command(
        [sys.executable, str(script)], source="vertex-cover", target="set-cover", **{"time_limit": 60, **limits}
    )


# ------------------------------------------------------------------------------------------------------ what goes well


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_an_adapter_in_another_language():
    r = reduction_from_command(["node", str(ADAPTER)], source=VERTEX_COVER, target=SET_COVER)
    assert r.reduce(PATH) == VertexCoverToSetCover().reduce(PATH)
    assert (r.forward(PATH, (1, 2)), r.backward(PATH, (0, 2))) == ((1, 2), (0, 2))
    found = assert_reduction(r, max_examples=60)
    assert found.answers["NO"] >= 18


def test_the_adapter_is_the_one_of_the_page():
    page = (ROOT / "docs" / "commands.md").read_text()
    assert f"```js\n{ADAPTER.read_text()}```\n" in page
    assert len(ADAPTER.read_text().splitlines()) <= 24


def test_one_process_answers_all_requests(tmp_path):
    r = command(tmp_path, 'result = {"universe": 0, "sets": [], "budget": os.getpid()} if op == "reduce" else result')
    assert len({r.reduce(PATH).budget for _ in range(5)}) == 1


def test_a_long_request_and_a_long_reply_at_once(tmp_path):
    n = 40_000
    long = VertexCoverInstance(n, tuple((v, v + 1) for v in range(n - 1)), 1)
    r = command(tmp_path, "sys.stderr.write('x' * 200_000)")
    assert r.reduce(long) == VertexCoverToSetCover().reduce(long)


def test_another_process_has_a_command_of_its_own(tmp_path):
    r = command(tmp_path)
    assert r.reduce(PATH) == pickle.loads(pickle.dumps(r)).reduce(PATH)


def test_the_process_ends_with_the_reduction(tmp_path):
    r = command(tmp_path, 'result = {"universe": 0, "sets": [], "budget": os.getpid()}')
    process = psutil.Process(r.reduce(PATH).budget)
    del r
    assert not process.is_running()


def test_an_order_of_its_own_in_every_process_is_found(tmp_path):
    by_hash = """if op == 'reduce':
        order = sorted(range(result['universe']), key=lambda u: hash(f'element {u}'))
        result['sets'] = [sorted(order.index(u) for u in one) for one in result['sets']]"""
    with pytest.raises(ReductionBroken) as broken:
        assert_reduction(command(tmp_path, by_hash), sources=[LONG])
    assert broken.value.law is Law.PROCESSES


# ---------------------------------------------------------------------------------------------------- what goes wrong

NO_REPLIES = {
    "dies": ("if many: sys.exit('no more')", "it ended with exit code 1: no more"),
    "is killed": ("if many: os.kill(os.getpid(), 9)", "it was ended by signal 9"),
    "raises": ("if many: 1 // 0", "it ended with exit code 1: ZeroDivisionError: "),
    "writes rubbish": ("if many: print('hello', flush=True); continue", "b'hello' is no reply to 'reduce'"),
    "writes bytes": (r"if many: os.write(1, b'\xff\n'); continue", "is no reply to 'reduce'"),
    "writes a float": ("if many: result['budget'] = 0.5", "is no reply to 'reduce'"),
    "writes an empty object": ("if many: print('{}', flush=True); continue", "has either a result or an error"),
    "writes two lines": (r"if many: os.write(1, b'{}\n{}\n'); continue", "more than one line in reply to one"),
    "says too much": ("if many: os.write(1, b'x' * 200_000); time.sleep(60)", "a reply of more than 100,000 bytes"),
}


@pytest.mark.parametrize("wrong", NO_REPLIES)
def test_no_reply_is_a_law_with_the_instance(tmp_path, wrong):
    code, why = NO_REPLIES[wrong]
    with pytest.raises(ReductionBroken) as broken:
        assert_reduction(command(tmp_path, code, reply_limit=100_000))
    found = broken.value.counterexample
    assert found.law is Law.REPLY
    assert why in found.violation.detail
    assert len(found.violation.detail.splitlines()) == 1
    assert len(found.source.edges) == 3
    assert found.command("f.json").startswith("relucert fuzz --command ")


def test_a_command_that_closes_its_output(tmp_path, monkeypatch):
    monkeypatch.setattr(command_reduction, "GRACE", 0.05)
    with pytest.raises(NoReply, match="it has closed its output"):
        command(tmp_path, "os.close(1); time.sleep(3600)").reduce(PATH)


def test_a_gigabyte_is_not_read(tmp_path):
    r = command(tmp_path, "while True: os.write(1, b'x' * 1_000_000)", reply_limit=10**6)
    with pytest.raises(NoReply, match="more than 1,000,000 bytes"):
        r.reduce(PATH)


def test_a_command_that_hangs(tmp_path):
    r = command(tmp_path, "time.sleep(3600)", time_limit=0.2)
    with pytest.raises(NoReply, match=r"no reply within 0\.2 s"):
        r.reduce(PATH)
    assert r.conversation._process is None


def test_a_command_that_takes_all_memory(tmp_path):
    r = command(tmp_path, "held = b'x' * 2**28; time.sleep(3600)", memory_limit=0.1)
    with pytest.raises(NoReply, match="more than 107,374,182 bytes of memory"):
        r.reduce(PATH)


def test_what_nobody_asked_for(tmp_path):
    wait = "while not os.path.exists('asked'): time.sleep(0.01)".replace("asked", str(tmp_path / "asked"))
    later = f"""print(json.dumps({{'result': result}}), flush=True)
    {wait}
    result = 1"""
    r = command(tmp_path, later)
    r.reduce(PATH)
    (tmp_path / "asked").touch()
    select([r.conversation._process.stdout], [], [], 60)
    with pytest.raises(NoReply, match="something that nobody asked for"):
        r.reduce(PATH)


def test_after_a_failure_it_starts_again(tmp_path):
    r = command(tmp_path, "if many: sys.exit(3)")
    one = VertexCoverInstance(2, ((0, 1),), 1)
    for _ in range(2):
        assert r.reduce(one).universe == 1
        with pytest.raises(NoReply, match="exit code 3"):
            r.reduce(PATH)


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        ("if op == 'reduce' and many: result['sets'] = 7", Law.TOTAL),
        ("if op == 'reduce' and many: print('{\"error\": \"too many\"}', flush=True); continue", Law.TOTAL),
        ("if op == 'forward': result = result[1:]", Law.FORWARD),
        ("if op == 'backward': print('{\"error\": \"who knows\"}', flush=True); continue", Law.BACKWARD),
        ("if op == 'reduce' and many: result['budget'] += 1", Law.ANSWER),
    ],
)
def test_the_laws_are_those_of_any_reduction(tmp_path, wrong, law):
    with pytest.raises(ReductionBroken) as broken:
        assert_reduction(command(tmp_path, wrong), sources=[PATH, TRIANGLE] if law is not Law.ANSWER else [TRIANGLE])
    assert broken.value.law is law


@pytest.mark.parametrize(
    ("words", "source", "why"),
    [
        (["no-such-command"], "sat", "there is no command 'no-such-command'"),
        ([], "sat", "a list of words"),
        ("node x", "sat", "a list of words"),
        ([sys.executable], "no-such-problem", "there is no problem 'no-such-problem'; there are "),
    ],
)
def test_bad_orders(words, source, why):
    with pytest.raises(InvalidInstance, match=why):
        reduction_from_command(words, source=source, target="set-cover")


def test_a_file_that_is_no_program(tmp_path):
    (tmp_path / "text").write_text("hello\n")
    os.chmod(tmp_path / "text", 0o755)
    r = reduction_from_command([str(tmp_path / "text")], source="vertex-cover", target="set-cover")
    with pytest.raises(NoReply, match="Exec format error"):
        r.reduce(PATH)
