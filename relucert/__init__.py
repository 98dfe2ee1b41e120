"""Executable hardness reductions for training depth-2 ReLU networks, with certificates that check themselves.

>>> import relucert
>>> X, y = [[-1], [0], ["1/2"], [1], ["1.5"], [2], [3]], [0, 0, "0.5", 1, "0.5", 0, 0]
>>> hat = relucert.certify_training(X, y, neurons=2, bias=True)  # is there a network of two ReLUs with biases?
>>> hat.answer, hat.check().verdict
('NO', 'accepted')
>>> colored = relucert.certify("coloring-to-relu-network", {"vertices": 3, "edges": [[0, 1], [1, 2]]}, colors=2)
>>> colored.answer, len(set(colored.witness)), len(colored.network.output)
('YES', 2, 2)

`save` writes a certificate, which `relucert check` or `python -m relucert.certificates` checks again; `plot` draws.
`relucert.testing` tests reductions of your own, in Python or, by `reduction_from_command`, in any language.
"""

from typing import TYPE_CHECKING

__all__ = [
    "InvalidInstance", "LeastLoss", "Result", "__version__", "certify", "certify_training", "least_loss",
    "reduction_from_command",
]  # fmt: skip

if TYPE_CHECKING:
    from relucert.reductions.exact import InvalidInstance
    from relucert.verify.command_reduction import reduction_from_command
    from relucert.verify.interface import LeastLoss, Result, certify, certify_training, least_loss

    __version__: str
else:  # solvers and their interfaces are loaded when they are asked for

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            return version("relucert")
        if name == "InvalidInstance":
            from relucert.reductions.exact import InvalidInstance

            return InvalidInstance
        if name == "reduction_from_command":
            from relucert.verify.command_reduction import reduction_from_command

            return reduction_from_command
        if name in __all__:
            from relucert.verify import interface

            return getattr(interface, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
