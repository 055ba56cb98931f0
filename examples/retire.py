"""The demo's own adapter against its base with worked examples, both ways, on the CPU.

    make train-demo
    make retire ADAPTER=FOLDER

First: can the fine-tune go? The adapter is the reference, and the base climbs the ladder. Then the
other way: the base with worked examples is the reference, and the merged adapter must be no worse.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import ladder
from examples import tasks
from ladder.errors import LadderError
from ladder.finetune.versions.merge import merge_version
from ladder.finetune.versions.registry import verify_version
from ladder.spec.candidate import Prompt

MARGIN = 0.05
SHOTS = {"pool": "train.jsonl", "shots": 4, "method": "nearest", "encoder": tasks.ENCODER}


def main() -> None:
    """Ask both questions, and print both sentences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", type=Path, required=True, help="the folder of the adapter")
    parser.add_argument("--seed", type=int, default=0, help="decides every row of the data")
    parser.add_argument("--folder", type=Path, default=Path("runs/retire"), help="where to write")
    parser.add_argument(
        "--merged", type=Path, help="the adapter merged into its base; it is merged unless given"
    )
    given = parser.parse_args()
    adapter, folder = given.adapter.resolve(), given.folder / f"seed-{given.seed}"
    prompt = prompt_of(adapter)

    reference: dict[str, Any] = {"adapter": str(adapter), "prompt": prompt.model_dump()}
    decision = ask(
        folder / "retire",
        given.seed,
        {"target": {"reference": reference, "margin": MARGIN}, "question": "retire"},
    )
    print(f"{decision.verdict}: {decision.sentence}\n")

    merged = given.merged or folder / "merged"
    if not merged.exists():
        merge_version(adapter, merged)
    with_shots = {"model": tasks.MODEL, "examples": SHOTS, "prompt": prompt.model_dump()}
    decision = ask(
        folder / "replace",
        given.seed,
        {
            "model": str(merged.resolve()),
            "prompt": prompt.model_dump(),
            "target": {"reference": with_shots, "margin": MARGIN},
            "levers": {
                key: {"not_applicable": "the adapter is asked as it was trained"}
                for key in ("template", "prompt", "model", "decoding", "rag", "rerank", "few_shot")
            },
        },
    )
    print(f"{decision.verdict}: {decision.sentence}")


def prompt_of(adapter: Path) -> Prompt:
    """Return the prompt that an adapter was trained with, as its version records; else the demo's."""
    try:
        return verify_version(adapter)[1].report.candidate.prompt
    except LadderError:
        return Prompt(user="Route this ticket.\n\nTicket: {{ ticket }}")


def ask(folder: Path, seed: int, fields: Mapping[str, Any]) -> ladder.Decision:
    """Return the decision of the demo's task with some other fields, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    written = tasks.queue_code(folder, seed, n_train=600)
    plain = YAML(typ="safe").load(written.read_text(encoding="utf-8"))
    del plain["training"]
    spec = tasks.write_spec(folder, {**plain, **fields})
    return ladder.run(spec, runs_folder=folder / "runs", progress=True)


if __name__ == "__main__":
    main()
