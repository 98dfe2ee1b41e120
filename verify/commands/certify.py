"""`relucert certify`: decide, certify, check."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import starmap
from time import perf_counter
from typing import Any

import click

from relucert.certificates.terminal import complain
from relucert.certificates.writer import Yes
from relucert.reductions.json_text import dumps
from relucert.reductions.problems.training import TRAINING, Network, completed
from relucert.verify import jobs
from relucert.verify.certify import Certified, ReductionRefuted
from relucert.verify.commands.many import Outcome, run_all
from relucert.verify.commands.options import (
    certificate_option,
    file_of,
    json_option,
    load,
    prover_options,
    refuse_mixing,
    report,
    require_distinct,
    saving_options,
    sources_options,
    trust_option,
    unknown,
    write_certificate,
    wrote,
)
from relucert.verify.files import BadInput, about, make_folder, refuse_overwriting, writing
from relucert.verify.jobs import AnyProblem, Job, certified, require_moderate
from relucert.verify.limits import Watch
from relucert.verify.provers.base import Unknown
from relucert.verify.saved_networks import to_bytes
from relucert.verify.shown import solution_lines


@contextmanager
def showing(output_file: str | None) -> Iterator[None]:
    """Write the certificate that a reduction is wrong, if it is and there is one, and say so in the same line."""
    try:
        yield
    except ReductionRefuted as finding:
        if output_file is None:
            raise
        if finding.disagreement is None:
            raise ReductionRefuted(f"{finding}; nothing to certify") from None
        write_certificate(output_file, finding.disagreement)
        shown = f"{finding.disagreement.verdict.claim} {finding.disagreement.answer}"
        raise ReductionRefuted(f"{finding}; wrote {output_file}: {shown}") from None


@click.command()
@sources_options
@certificate_option
@click.option("--beside", is_flag=True, help="Write each certificate beside its SOURCE, as SOURCE.cert.")
@trust_option
@prover_options
@saving_options
@json_option
def certify(
    name: str, sources: tuple[str, ...], parameters: dict[str, Any], options: dict[str, Any], output_file: str | None,
    beside: bool, trust: tuple[str, ...], prover: str, watch: Watch, save_network: str | None,
    save_witness: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Decide each SOURCE, certify the answer and check the certificate.

    NAME is a reduction, a chain of them (one/other; of both ends the answer is certified), module:Class for a reduction
    of your own, or a problem. Of a YES the solution is shown, and --save-witness and --save-network write it. Of a
    reduction of your own the certificate states the target too, so that whoever checks it need not have your module. If
    the reduction is wrong on SOURCE, -o writes the certificate of that: exit code 1.

    With several SOURCEs the limits hold for all of them together, -o names a folder, in which each certificate is
    called SOURCE.cert, and the exit code is the worst.
    """
    refuse_mixing(as_json, output_file, save_network, save_witness)
    certificates = certificate_files(sources, output_file, beside)
    require_distinct(*certificates, save_network, save_witness)
    for output in (*certificates, save_network, save_witness):
        refuse_overwriting(output, *sources)
    if len(sources) > 1 and (save_network or save_witness):
        raise BadInput(f"{'--save-network' if save_network else '--save-witness'} goes with one source")
    if output_file is not None and certificates[0] != output_file:
        make_folder(output_file)

    def one(source: str, certificate: str | None) -> Outcome:
        watch.doing(f"reading {source}")
        job = load(name, source, parameters, options, trust=trust)
        return decided(f"{name} {source}", job, certificate, prover, watch, save_network, save_witness)

    if len(sources) > 1:
        pairs = zip(sources, certificates, strict=True)
        return run_all({source: partial(one, source, certificate) for source, certificate in pairs}, watch, as_json)
    outcome = one(sources[0], certificates[0])
    if output_file != "-" or outcome.code:
        report(as_json, outcome.verdict, outcome.facts, *outcome.lines)
    return outcome.code


def certificate_files(sources: Sequence[str], output: str | None, beside: bool) -> list[str | None]:
    """Where the certificate of each source goes; None if it is not written."""
    if beside and output is not None:
        raise BadInput("--beside and -o say different things about where certificates go")
    folder = output is not None and (len(sources) > 1 or output.endswith("/") or os.path.isdir(output))
    if not (beside or folder):
        return [output] * len(sources)
    if "-" in sources or output == "-":
        raise BadInput("standard input and output have no name for a certificate beside others")
    return [f"{source if beside else os.path.join(output or '', os.path.basename(source))}.cert" for source in sources]


def decided(
    what: str, job: Job, output_file: str | None, prover: str, watch: Watch, save_network: str | None,
    save_witness: str | None,
) -> Outcome:  # fmt: skip
    """Decide an instance, certify the answer, write what is asked for, and say so."""
    start, source = perf_counter(), job.source
    watch.doing("reducing, writing and checking")
    with about(source), showing(output_file):
        result = certified(job, jobs.racing(prover, watch, job.world.searches))
    if isinstance(result, Unknown):
        return Outcome("UNKNOWN", *unknown(what, result, job), code=3)
    found = Solution(job, result)
    saved = found.saved(save_network, save_witness)
    if output_file is not None:
        write_certificate(output_file, result)
    seconds = {**result.seconds, "total": perf_counter() - start}
    facts = {
        "read": str(job.parsed),
        "claim": result.verdict.claim,
        "steps": result.verdict.steps,
        "bytes": len(result.certificate),
        "seconds": {key: round(value, 3) for key, value in seconds.items()},
    }
    if output_file == "-":
        complain(f"{source}: {job.parsed}")
    times = ", ".join(f"{key} {value:.2f} s" for key, value in seconds.items())
    size = f"{facts['steps']} proof steps, {facts['bytes']:,} bytes"
    lines = [f"{result.answer}  {what}", f"read: {job.parsed}", f"checked: {facts['claim']}, {size}; {times}"]
    facts |= file_of(output_file) | found.facts()
    if saved:
        facts["saved"] = saved
    lines += [*found.lines(), *wrote(output_file), *map("wrote {}".format, saved)]
    return Outcome(result.answer, facts, lines)


class Solution:
    """The solution of a YES, for people and for files; of a NO there is none."""

    def __init__(self, job: Job, result: Certified) -> None:
        self.sides: list[tuple[AnyProblem, Any, Any]] = []
        if result.answer == "YES":
            problems = [(job.problem, job.instance)]
            if job.reduction is not None:
                problems.append((job.reduction.target, result.target))
            shown = [one.witness for one in result.evidence if isinstance(one, Yes)]
            self.sides = [(*side, witness) for side, witness in zip(problems, shown, strict=True)]

    @property
    def network(self) -> Network | None:
        from relucert.verify.problems.training import whole

        ends = ((instance, witness) for _, instance, witness in self.sides[-1:] if isinstance(witness, Network))
        return next(starmap(whole, ends), None)

    def lines(self) -> list[str]:
        """The solution of the source, and the network of the target if there is one."""
        shown = self.sides[:1] + [side for side in self.sides[1:] if isinstance(side[2], Network)]
        return [f"  {line}" for side in shown for line in solution_lines(*side)]

    def facts(self) -> dict[str, Any]:
        if not self.sides:
            return {}
        problem, _, witness = self.sides[0]
        facts = {"witness": problem.witness_to_json(witness)}
        if self.network is not None:
            facts["network"] = TRAINING.witness_to_json(self.network)
        return facts

    def saved(self, network_file: str | None, witness_file: str | None) -> list[str]:
        """Write what is asked for and found; the names of the files that were written."""
        texts: list[tuple[str, bytes]] = []
        if network_file is not None and self.sides:
            if self.network is None:
                raise BadInput(f"--save-network: a solution of {self.sides[-1][0].name} is no network")
            form = "npz" if network_file.endswith(".npz") else "json"
            net, instance = self.network, self.sides[-1][1]
            if form == "npz":  # arrays have all weights
                require_moderate(TRAINING.size(instance), dense=True)
                net = completed(net, instance.dimension)
            texts.append((network_file, to_bytes(net, form)))
        if witness_file is not None and self.sides:
            problem, _, witness = self.sides[0]
            texts.append((witness_file, dumps(problem.witness_to_json(witness)).encode() + b"\n"))
        for path, text in texts:
            with writing(path) as stream:
                stream.write(text)
        if not self.sides and (network_file or witness_file):
            complain("the answer is NO: there is no solution to save")
        return [path for path, _ in texts]
