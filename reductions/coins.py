"""A stream of fair coins that anyone can recompute: SHA-256 in counter mode."""

from __future__ import annotations

import json
from hashlib import sha256


class Coins:
    """The stream named by a seed and a path: block i is SHA-256(key ‖ i), i in 8 bytes, big-endian, from i = 0.

    The key is the SHA-256 of the JSON list [seed, *path]. Blocks are read from their first bit on.

    >>> Coins(0).bits(8) == Coins(0).bits(8)
    True
    """

    def __init__(self, seed: int, *path: int | str) -> None:
        self._seed, self._path = seed, path
        self._key = sha256(json.dumps([seed, *path]).encode()).digest()
        self._block = self._held = self._left = 0

    def bits(self, n: int) -> int:
        """The next n bits as a number below 2ⁿ, the first bit the highest."""
        while self._left < n:
            digest = sha256(self._key + self._block.to_bytes(8, "big")).digest()
            self._held = self._held << 256 | int.from_bytes(digest, "big")
            self._left, self._block = self._left + 256, self._block + 1
        self._left -= n
        value = self._held >> self._left
        self._held &= (1 << self._left) - 1
        return value

    def below(self, n: int) -> int:
        """A uniform number of 0, …, n − 1: draws of as many bits as n − 1 has, until one is below n."""
        size = (n - 1).bit_length()
        while (value := self.bits(size)) >= n:
            pass
        return value

    def sign(self) -> int:
        """1 or −1."""
        return 1 - 2 * self.bits(1)

    def fork(self, *path: int | str) -> Coins:
        """The stream of a longer path; it depends on nothing drawn here."""
        return Coins(self._seed, *self._path, *path)
