"""The stream of coins against the words of SPEC.md, and what is drawn from it."""

import hashlib
from collections import Counter
from fractions import Fraction
from itertools import product

import pytest

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance


def stream(key: bytes, bits: int) -> str:
    """The first bits of the stream whose parts are written as `key`, as SPEC.md has it: digits 0 and 1."""
    kappa = hashlib.sha256(key).digest()
    blocks = (hashlib.sha256(kappa + i.to_bytes(8, "big")).digest() for i in range(bits // 256 + 1))
    return "".join(f"{byte:08b}" for block in blocks for byte in block)[:bits]


@pytest.mark.parametrize(
    ("seed", "path", "key"),
    [
        (0, (), b"1i0"),
        (2**64 - 1, ("a", -12, ""), b"20i184467440737095516151sa3i-120s"),
        (7, ("é", "1", 1), "1i72sé1s11i1".encode()),
    ],
)
@pytest.mark.parametrize("lengths", [(1,) * 600, (255, 1, 1, 343), (600,), (0, 256, 0, 256, 88)])
def test_the_bits_are_those_of_the_specification(seed, path, key, lengths):
    coins = Coins(seed, *path)
    drawn = "".join(f"{2**n + coins.bits(n):b}"[1:] for n in lengths)
    assert drawn == stream(key, 600)


def test_a_fork_does_not_depend_on_what_was_drawn():
    used = Coins(3, "a")
    used.bits(1000)
    assert used.fork("b", 4).bits(300) == Coins(3, "a", "b", 4).bits(300)


def test_different_paths_are_different_streams():
    parts = ("", "1", "11", 1, 11, -1, "s")
    paths = [path for length in range(4) for path in product(parts, repeat=length)]
    assert len({Coins(5, *path).bits(128) for path in paths}) == len(paths)


@pytest.mark.parametrize("n", range(1, 18))
def test_below_is_exactly_uniform(n):
    """Every string of 2b bits: those with which the first two attempts end give each number equally often."""
    width = (n - 1).bit_length()
    counts: Counter[int] = Counter()
    for value in range(2 ** (2 * width)):
        coins = Coins(0)
        coins._pool, coins._left = value << 64, 2 * width + 64  # then zeros, which end any third attempt
        result = coins.below(n)
        if coins._left >= 64:
            counts[result] += 1
    accepted = Fraction(n, 2**width)
    ended = 2 ** (2 * width) * (1 - (1 - accepted) ** 2)
    assert counts == dict.fromkeys(range(n), ended / n)


def test_a_sign_is_a_bit():
    signs, bits = Coins(9), Coins(9)
    assert [signs.sign() for _ in range(300)] == [1 if bits.bits(1) else -1 for _ in range(300)]


@pytest.mark.parametrize("seed", [-1, 2**64, True, 1.0, "1"])
def test_bad_seeds(seed):
    with pytest.raises(InvalidInstance, match="a seed is an integer"):
        Coins(seed)


@pytest.mark.parametrize("part", [True, 0.5, None, b"a"])
def test_bad_paths(part):
    with pytest.raises(InvalidInstance, match="path"):
        Coins(0, part)


def test_nothing_to_draw_from():
    with pytest.raises(ValueError, match="no number"):
        Coins(0).below(0)
    with pytest.raises(ValueError, match="negative"):
        Coins(0).bits(-1)
