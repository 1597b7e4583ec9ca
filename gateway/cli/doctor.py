"""``simgate doctor``: what is wrong, and what cures it; with or without a running gateway."""

import asyncio
import os
from argparse import Namespace

from gateway.cli.exits import Exit, Failure
from gateway.cli.output import clean, say, show_json
from gateway.doctor.bundle import write_bundle
from gateway.doctor.examine import examine
from gateway.doctor.finding import Finding, Verdict, worst
from gateway.doctor.host import Host

PRIVATE = 0o077


def doctor(arguments: Namespace) -> int:
    """Exit 0 when nothing failed, warnings or not; 2 when something did."""
    os.umask(PRIVATE)
    if arguments.bundle is not None and arguments.bundle.exists():
        raise Failure(Exit.REFUSED, f"{arguments.bundle} exists already; name a file that does not")
    findings = asyncio.run(_examine(arguments))
    verdict = worst(findings)
    if arguments.output == "json":
        show_json({"verdict": str(verdict), "findings": [finding.as_json() for finding in findings]})
    else:
        say(_summary(findings))
    return Exit.REFUSED if verdict is Verdict.FAIL else Exit.OK


async def _examine(arguments: Namespace) -> list[Finding]:
    """For people each finding is shown as it comes: a modem may take a minute."""
    host = Host()
    findings: list[Finding] = []
    async for finding in examine(host, arguments.config, arguments.data_dir):
        findings.append(finding)
        if arguments.output != "json":
            _show(finding)
    if arguments.bundle is not None:
        try:
            await write_bundle(arguments.bundle, host, findings, arguments.config, arguments.data_dir)
        except OSError as error:
            raise Failure(Exit.REFUSED, f"{arguments.bundle} cannot be written: {error.strerror}") from error
    return findings


def _show(finding: Finding) -> None:
    say(clean(f"{finding.verdict:<7}  {finding.check:<20}  {finding.looked_at}: {finding.cause}"))
    if finding.cure:
        say(clean(f"{'':<7}  {'':<20}  cure: {finding.cure}"))


def _summary(findings: list[Finding]) -> str:
    counts = [
        (sum(one.verdict is verdict for one in findings), verdict)
        for verdict in (Verdict.OK, Verdict.SKIPPED, Verdict.WARN, Verdict.FAIL)
    ]
    return ", ".join(f"{count} {verdict}" for count, verdict in counts if count)
