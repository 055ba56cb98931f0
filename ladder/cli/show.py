"""`ladder show`: one sample of a run, as the model saw it."""

from typing import Annotated

import typer

from ladder.cli.options import AsJson, RunFolder
from ladder.cli.output import say, say_json
from ladder.errors import SpecError


def show(
    run: RunFolder,
    sample: Annotated[str, typer.Argument(help="The sample's id.")],
    as_json: AsJson = False,
) -> None:
    """Print the exact prompt, the answer and the target of one sample, for each candidate."""
    from ladder.report import load_evidence
    from ladder.report.labels import label_of

    evidence = load_evidence(run)
    row = next((row for row in evidence.samples if row.id == sample), None)
    if row is None:
        raise SpecError(
            f"{run} holds no sample {sample!r}.",
            next_step=f"Ids stand in {run}/samples.jsonl and in the report.",
        )
    answers = [
        {
            "candidate": label_of(evidence.decision, answer.configuration),
            "prompt": answer.prompt,
            "answer": answer.text,
            "read_as": answer.read_as,
            "score": answer.score,
        }
        for answer in row.answers
    ]
    if as_json:
        say_json({"id": row.id, "targets": row.targets, "answers": answers})
        return
    for answer in answers:
        say(f"--- {answer['candidate']}: score {answer['score']}")
        if answer["prompt"]:
            say(f"{answer['prompt']!s}")
        say(f"answer: {answer['answer']!r}\ntarget: {' | '.join(row.targets)}")
