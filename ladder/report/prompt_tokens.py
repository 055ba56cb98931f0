"""The token ids of the prompts that a report shows, where the run could see a tokenizer."""

import json
from collections.abc import Mapping
from pathlib import Path

from ladder.errors import EvidenceError
from ladder.runs import RunFolder
from ladder.search.ledger import Configuration

Token = tuple[int, str]
Tokens = Mapping[tuple[str, Configuration], tuple[Token, ...]]
"""The tokens of a prompt, each with its text, by sample and candidate."""


def load_tokens(folder: Path) -> Tokens:
    """Read the tokens that a run left; none where it left none.

    Raises:
        EvidenceError: The file is not what a run writes.
    """
    path = RunFolder(folder).tokens
    if not path.is_file():
        return {}
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {
            (str(row["sample"]), Configuration(map(int, row["configuration"]))): tuple(
                (int(token), str(text)) for token, text in row["tokens"]
            )
            for row in rows
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvidenceError(
            f"{path} does not hold tokens ({error}).",
            next_step="Remove it: the report then shows prompts without their token ids.",
        ) from error
