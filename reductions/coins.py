"""Reproducible randomness: a stream of fair bits from SHA-256 in counter mode, as SPEC.md defines it."""

from __future__ import annotations

import hashlib

from relucert.reductions.exact import InvalidInstance

BLOCK = 256  # bits of a SHA-256 digest
MAX_SEED = 1 << 64


class Coins:
    """The bits of a seed and a path, in order; the same on every machine.

    A path names what the bits are for, so that two uses of one seed never share a bit: `Coins(7, "blocks", 3)` is
    `Coins(7).fork("blocks", 3)`, however much of `Coins(7)` has been used. Raises InvalidInstance unless the seed is an
    integer with 0 <= seed < 2^64, and the path made of integers and texts.

    >>> coins = Coins(7, "blocks", 3)
    >>> [coins.sign() for _ in range(8)]
    [1, -1, 1, 1, -1, -1, 1, -1]
    >>> Coins(7).fork("blocks", 3).bits(8)
    178
    """

    def __init__(self, seed: int, *path: str | int) -> None:
        if type(seed) is not int or not 0 <= seed < MAX_SEED:
            raise InvalidInstance("a seed is an integer from 0 to 2^64 - 1")
        self.seed, self.path = seed, path
        self._key = hashlib.sha256(b"".join(_netstring(part) for part in (seed, *path))).digest()
        self._blocks = 0  # hashed so far
        self._pool, self._left = 0, 0  # bits that are hashed and not used, as an integer, and their number

    def bits(self, n: int) -> int:
        """The integer whose binary digits are the next n bits, the first the most significant: uniform below 2^n."""
        if n < 0:
            raise ValueError("a negative number of bits")
        missing = -(-max(0, n - self._left) // BLOCK)
        if missing:
            hashed = b"".join(self._block(self._blocks + i) for i in range(missing))
            self._blocks += missing
            self._pool = self._pool << (BLOCK * missing) | int.from_bytes(hashed, "big")
            self._left += BLOCK * missing
        self._left -= n
        value = self._pool >> self._left
        self._pool &= (1 << self._left) - 1
        return value

    def below(self, n: int) -> int:
        """Exactly uniform on 0, ..., n - 1: as many bits as n - 1 has, drawn again while they are n or more."""
        if n < 1:
            raise ValueError("there is no number to draw from")
        while (value := self.bits((n - 1).bit_length())) >= n:
            pass
        return value

    def sign(self) -> int:
        """+1 or -1: the next bit is 1 or 0."""
        return 2 * self.bits(1) - 1

    def fork(self, *path: str | int) -> Coins:
        """The coins of the same seed at a longer path, from their start."""
        return Coins(self.seed, *self.path, *path)

    def _block(self, number: int) -> bytes:
        return hashlib.sha256(self._key + number.to_bytes(8, "big")).digest()


def _netstring(part: str | int) -> bytes:
    """An injective, prefix-free text of one part: its length in bytes, i or s, and the part."""
    if type(part) is int:
        kind, text = b"i", str(part).encode()
    elif type(part) is str:
        kind, text = b"s", part.encode()
    else:
        raise InvalidInstance("the path of a stream of coins is made of integers and texts")
    return b"%d%s%s" % (len(text), kind, text)
