"""`ladder show`: one sample of a run, as the model saw it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ladder.cli.options import AsJson, RunFolder
from ladder.cli.output import say_either
from ladder.errors import DecisionFileError, LadderError, SpecError

if TYPE_CHECKING:
    from ladder.decision import Decision
    from ladder.report import AnswerRow, Evidence, SampleRow


def show(
    run: RunFolder,
    sample: Annotated[
        str, typer.Argument(help="The sample's id, its place (eval.jsonl:12, or 12), or its input.")
    ],
    as_json: AsJson = False,
) -> None:
    """Print the exact prompt, the answer and the target of one sample, for each candidate."""
    samples, evidence = _read(run)
    row = _find(samples, sample, run)
    document = _document(evidence, row)
    say_either(document, "\n".join(_lines(document)), as_json=as_json)


def _read(run: Path) -> "tuple[Sequence[SampleRow], Evidence | None]":
    """Return a run's samples, and what was decided; only the baseline's before there is a verdict."""
    from ladder.report import load_evidence
    from ladder.runs import RunFolder
    from ladder.runs.samples import read_samples

    try:
        evidence = load_evidence(run, is_whole=True)
    except DecisionFileError as error:
        measured = tuple(read_samples(RunFolder(run).samples, None))
        if error.fault != "absent" or not measured:
            raise
        return measured, None
    return evidence.samples, evidence


def _find(samples: "Sequence[SampleRow]", name: str, run: Path) -> "SampleRow":
    """Return the sample of an id, a place in the eval file, or an input."""
    found = [row for row in samples if name in {row.id, row.input.strip()}]
    if not found:
        at_place = _ids_at(run, name)
        found = [row for row in samples if row.id in at_place]
    if found:
        return found[0]
    some = ", ".join(row.id for row in samples[:3])
    raise SpecError(
        f"{run} holds no sample {name!r}.",
        next_step=f"Give an id such as {some}, a line of the eval file such as 12, or a sample's "
        "input; the report lists them."
        if some
        else "Run `ladder run SPEC`, or `ladder check SPEC --measure` for the baseline alone.",
    )


def _ids_at(run: Path, place: str) -> set[str]:
    """Return the ids of the rows at a place of the eval file; none where that is not there now."""
    from ladder.data import load_samples
    from ladder.runs import RunFolder
    from ladder.spec.task import TaskSpec

    try:
        text = RunFolder(run).spec.read_text(encoding="utf-8")
        rows = load_samples(TaskSpec.model_validate_json(text).data)
    except (OSError, ValueError, LadderError):
        return set()
    # A file may be named with its folder, as the report of another tool does.
    name = re.split(r"[/\\]", place)[-1]
    return {row.id for row in rows if name in {row.where, row.where.rpartition(":")[2]}}


def _document(evidence: "Evidence | None", row: "SampleRow") -> dict[str, Any]:
    answers = sorted(row.answers, key=lambda answer: _rank(evidence, answer))
    return {
        "id": row.id,
        "part": row.part,
        "input": row.input,
        **({"turns": list(row.turns), "tools": list(row.tools)} if row.turns else {}),
        "targets": list(row.targets),
        "answers": [_answer(evidence, answer) for answer in answers],
        "note": "" if answers else _why_unanswered(evidence, row),
    }


def _rank(evidence: "Evidence | None", answer: "AnswerRow") -> int:
    first = [evidence.baseline, evidence.best] if evidence else []
    return first.index(answer.configuration) if answer.configuration in first else len(first)


def _answer(evidence: "Evidence | None", answer: "AnswerRow") -> dict[str, Any]:
    from ladder.decision.candidate_labels import label_of

    label, is_best = "baseline", False
    if evidence is not None:
        label = label_of(evidence.decision, answer.configuration)
        is_best = answer.configuration == evidence.best != evidence.baseline
    return {
        "candidate": label,
        "is_best": is_best,
        "prompt": answer.prompt,
        "thoughts": answer.thoughts,
        "answer": answer.text,
        **({"steps": [list(step) for step in answer.steps]} if answer.steps else {}),
        "read_as": answer.read_as,
        "score": answer.score,
        "end": answer.end,
        **({"remarks": list(answer.remarks)} if answer.remarks else {}),
        **({"reason": answer.reason} if answer.reason else {}),
        "error": answer.error,
    }


def _why_unanswered(evidence: "Evidence | None", row: "SampleRow") -> str:
    if row.part == "selection":
        return "no answer recorded"
    if evidence is None:
        return "in the confirmation part, which is asked only for a verdict"
    return _why_not_shown(evidence.decision)


def _why_not_shown(decision: "Decision") -> str:
    """Return why a verdict's run shows no answer on a sample of the confirmation part."""
    if decision.verdict == "inconclusive":
        return (
            "hidden: the verdict is inconclusive, and answers on the confirmation part stay "
            "hidden until a verdict, so that the part can be tested again"
        )
    if decision.ledger.earlier is not None:
        return "never asked: an earlier run showed the scores of this candidate, and it is cited"
    if decision.ledger.is_sealed:
        return (
            "sealed: the verdict shows no answer on the confirmation part, so that it can be asked "
            "again; `confirmation: shown` in the spec shows them, and closes these samples"
        )
    confirmation, n = decision.confirmation, decision.ledger.n_confirmation
    if confirmation is None or confirmation.n >= n:
        return "never asked: no test needed this sample"
    return f"never asked: the test ended after {confirmation.n} of {n} confirmation samples"


def _lines(shown: dict[str, Any]) -> Iterator[str]:
    yield f"sample: {shown['id']} ({shown['part']})"
    yield f"input:  {shown['input']}"
    if "turns" in shown:
        from ladder.data.chat_message import Message, transcript

        yield f"\n{transcript([Message.of(turn) for turn in shown['turns'][:-1]])}\n"
    yield f"target: {' | '.join(shown['targets'])}"
    if shown["note"]:
        yield shown["note"]
    for each in shown["answers"]:
        best = " (best)" if each["is_best"] else ""
        yield f"\n--- {each['candidate']}{best}: score {each['score']:g}"
        yield each["prompt"] or "(this model does not show its prompt)"
        if each["thoughts"]:
            yield f"thoughts: {each['thoughts']!r}"
        yield f"answer: {each['answer']!r}"
        yield from (f"{step}: {left!r}" for step, left in each.get("steps", ()))
        yield from each.get("remarks", ())
        if each.get("reason"):
            yield f"the judge: {each['reason']}"
        if each["end"]:
            yield each["end"]
        elif each["read_as"] != each["answer"]:
            yield f"read as: {each['read_as']!r}"
