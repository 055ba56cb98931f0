"""`ladder show`: one sample of a run, as the model saw it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ladder.cli.options import AsJson, RunFolder
from ladder.cli.output import say, say_json
from ladder.errors import SpecError

if TYPE_CHECKING:
    from ladder.report import AnswerRow, Evidence, SampleRow


def show(
    run: RunFolder,
    sample: Annotated[str, typer.Argument(help="The sample's id.")],
    as_json: AsJson = False,
) -> None:
    """Print the exact prompt, the answer and the target of one sample, for each candidate."""
    from ladder.report import load_evidence
    from ladder.runs import RunFolder

    evidence = load_evidence(run, is_whole=True)
    row = next((row for row in evidence.samples if row.id == sample), None)
    if row is None:
        raise SpecError(
            f"{run} holds no sample {sample!r}.",
            next_step=f"Ids stand in {RunFolder(run).samples} and in the report.",
        )
    if as_json:
        say_json(_document(evidence, row))
    else:
        say("\n".join(_lines(_document(evidence, row))))


def _document(evidence: "Evidence", row: "SampleRow") -> dict[str, Any]:
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


def _rank(evidence: "Evidence", answer: "AnswerRow") -> int:
    first = [evidence.baseline, evidence.best]
    return first.index(answer.configuration) if answer.configuration in first else len(first)


def _answer(evidence: "Evidence", answer: "AnswerRow") -> dict[str, Any]:
    from ladder.decision.candidate_labels import label_of

    label = label_of(evidence.decision, answer.configuration)
    is_best = answer.configuration == evidence.best != evidence.baseline
    return {
        "candidate": label,
        "is_best": is_best,
        "prompt": answer.prompt,
        "thoughts": answer.thoughts,
        "answer": answer.text,
        "read_as": answer.read_as,
        "score": answer.score,
        "end": answer.end,
        "error": answer.error,
    }


def _why_unanswered(evidence: "Evidence", row: "SampleRow") -> str:
    decision = evidence.decision
    if row.part == "selection":
        return "no answer recorded"
    if decision.verdict == "inconclusive":
        return (
            "hidden: the verdict is inconclusive, and answers on the confirmation part stay "
            "hidden until a verdict, so that the part can be tested again"
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
        if each["end"]:
            yield each["end"]
        elif each["read_as"] != each["answer"]:
            yield f"read as: {each['read_as']!r}"
