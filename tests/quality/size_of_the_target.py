"""For seeded bugs that change the size of a target."""

from typing import ClassVar


class SizeOfTheTarget:
    """The size is right, so that another law must find the bug."""

    sizes: ClassVar = {}

    def stages(self, instance):
        yield self.target.size(self.reduce(instance))
