"""The gate's answer for machines that show it to people: summary, annotations, JUnit, SARIF, JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ladder.errors import EvidenceRefusedError, LadderError
from ladder.formats.github import command, unobeyed
from ladder.formats.junit import JunitCase, junit_xml
from ladder.formats.lines import harmless
from ladder.formats.markdown import plain
from ladder.formats.sarif import sarif_document, sarif_result
from ladder.gate.gate import GateResult
from ladder.spec.document import Document
from ladder.spec.named_lines import document_at, line_named_in
from ladder.version import __version__

_MOST_ANNOTATIONS = 8
INFORMATION = "https://pypi.org/project/finetune-ladder/"


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What the gate said, whether it judged the evidence or refused it.

    Attributes:
        state: `allowed`, `waived`, `blocked` or `refused`.
        rule: A stable name for why: a verdict, `effort`, or an EvidenceRefusedError's reason.
    """

    state: str
    rule: str
    exit_code: int
    message: str
    problems: tuple[str, ...] = ()
    result: GateResult | None = None


@dataclass(frozen=True, slots=True)
class SpecPlace:
    """Where the task spec lies in the repository, so that annotations stand on its lines."""

    path: str
    document: Document

    @classmethod
    def of(cls, spec: Path, root: Path) -> "SpecPlace":
        """Return the place of a spec; its path is that from the repository's root, where it is in it."""
        whole = spec.resolve()
        inside = whole.is_relative_to(root.resolve())
        path = whole.relative_to(root.resolve()) if inside else spec
        return cls(path.as_posix(), document_at(spec))


def answer_of(result: GateResult) -> GateAnswer:
    """Return the answer of evidence that counts."""
    state = "blocked"
    if result:
        state = "waived" if result.waiver is not None else "allowed"
    is_effort = result.verdict == "fine_tune" and result.problems
    return GateAnswer(
        state=state,
        rule="effort" if is_effort else result.verdict,
        exit_code=result.exit_code,
        message=result.message,
        problems=result.problems,
        result=result,
    )


def answer_of_error(error: LadderError) -> GateAnswer:
    """Return the answer where the evidence, the policy or the machine is not as it must be."""
    rule = error.reason if isinstance(error, EvidenceRefusedError) else type(error).__name__
    problem = harmless(str(error), 2000)
    message = f"Refused. {problem}\nNext: {harmless(error.next_step, 1000)}"
    return GateAnswer("refused", rule, error.exit_code, message, (problem,))


def to_json(answer: GateAnswer) -> dict[str, Any]:
    """Return the answer as one JSON document."""
    document: dict[str, Any] = {
        "state": answer.state,
        "rule": answer.rule,
        "exit_code": answer.exit_code,
        "waived": answer.state == "waived",
        "problems": list(answer.problems),
        "message": answer.message,
    }
    if answer.result is not None:
        document |= answer.result.model_dump(mode="json", exclude={"record", "message", "problems"})
        document["record"] = answer.result.record.model_dump(mode="json", by_alias=True)
    if answer.state == "refused":
        problem, _, next_step = answer.message.removeprefix("Refused. ").partition("\nNext: ")
        document["error"] = {
            "code": answer.exit_code,
            "kind": answer.rule,
            "problem": problem,
            "next_step": next_step,
        }
    return document


def to_summary(answer: GateAnswer) -> str:
    """Return the answer as the Markdown of a job summary."""
    marks = {"allowed": "✅", "waived": "⚠️", "blocked": "⛔", "refused": "🛑"}
    head, *rest = answer.message.splitlines()
    lines = [f"### {marks[answer.state]} ladder gate: {answer.state}", "", plain(head, 1000), ""]
    lines += [f"- {_line(each)}" for each in rest]
    if answer.result is not None:
        predicate = answer.result.record.predicate
        lines += ["", "| lever | status | candidates | best score |", "|---|---|---|---|"]
        lines += [
            f"| {plain(each.lever)} | {each.status} {plain(each.reason, 160)} | "
            f"{len(each.variants)} | {'' if each.best_score is None else f'{each.best_score:.3f}'} |"
            for each in predicate.levers
        ]
    return "\n".join([*lines, "", f"Exit code {answer.exit_code} · ladder {__version__}", ""])


def to_annotations(answer: GateAnswer, spec: SpecPlace | None = None) -> str:
    """Return GitHub workflow commands: one annotation a problem, the message fenced.

    Between the two `stop-commands` lines the runner obeys nothing, whatever stands there.
    """
    title = {"title": f"ladder gate ({answer.rule})"}
    lines = [
        command(
            kind, text, title if spec is None else {"file": spec.path, "line": f"{line}", **title}
        )
        for kind, text, line in annotated(answer, spec)
    ]
    return "\n".join([*unobeyed(answer.message), *lines])


def annotated(answer: GateAnswer, spec: SpecPlace | None) -> Iterator[tuple[str, str, int]]:
    """Yield the level and the text of each annotation, and the line of the spec that it is about."""
    kind = {"allowed": "notice", "waived": "warning"}.get(answer.state, "error")
    head = answer.message.splitlines()[0]
    told = [head, *(each for each in answer.problems if each not in head)]
    for each in told[:_MOST_ANNOTATIONS]:
        about = "" if each == head else each  # the verdict is about the target
        line = 1 if spec is None else line_named_in(spec.document, about)
        yield kind, harmless(each), line


def to_junit(answer: GateAnswer) -> str:
    """Return JUnit XML with one case: the training may start."""
    states: dict[str, Literal["failure", "error"]] = {"blocked": "failure", "refused": "error"}
    case = JunitCase(
        "ladder.gate",
        "the training may start",
        states.get(answer.state, "passed"),
        message=answer.message.splitlines()[0],
        text=answer.message,
        kind=answer.rule,
    )
    return junit_xml("ladder gate", [("ladder gate", [case])], is_counted=True)


def to_sarif(answer: GateAnswer, path: str) -> dict[str, Any]:
    """Return SARIF 2.1.0: one result a problem, at the record's path; a waived one is suppressed."""
    level = {"blocked": "error", "refused": "error", "waived": "warning"}.get(answer.state, "none")
    problems: Sequence[str] = answer.problems if answer.state != "allowed" else ()
    results = []
    for problem in problems:
        result = sarif_result(answer.rule, level, harmless(problem, 2000), path=path)
        if answer.result is not None and answer.result.waiver is not None:
            why = f"{answer.result.waiver.name}: {answer.result.waiver.reason}"
            result["suppressions"] = [{"kind": "external", "justification": harmless(why, 2000)}]
        results.append(result)
    title = {"text": f"ladder gate: {answer.rule}"}
    rule = {
        "id": answer.rule,
        "shortDescription": title,
        "fullDescription": title,
        "help": {
            "text": harmless(" ".join(answer.message.splitlines()[1:]) or title["text"], 2000)
        },
    }
    return sarif_document([rule], results, informationUri=INFORMATION)


def _line(text: str) -> str:
    """Return a line of the message; what can be pasted stays code."""
    label, colon, code = text.partition(": ")
    if colon and code.startswith("ladder "):
        return f"{plain(label)}: `{harmless(code).replace('`', chr(39))}`"
    return plain(text, 2500)
