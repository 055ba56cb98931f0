from pathlib import Path

from ladder.models import Message
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, ModelRef
from ladder.spec.data_source import DataSource
from ladder.spec.task import TaskSpec
from ladder.templates.describe import template_context
from ladder.testing import CHATML


def task(model: ModelRef) -> TaskSpec:
    return TaskSpec(name="t", model=model, data=DataSource(path="d.jsonl"), target=0.8)


def test_everything_that_decides_a_prompt_is_gathered(tiny: Path) -> None:
    spec = task(ModelRef(id=str(tiny)))
    decoding = Decoding(max_new_tokens=9, stop_strings=("\n",))
    candidate = spec.baseline().replace(decoding=decoding)

    found = template_context(
        spec, candidate, [[Message("user", "hi")], [{"role": "user", "content": "ho"}]], ["a", "b"]
    )

    assert found is not None
    assert found.template == CHATML
    assert found.tokenizer is not None
    assert found.stop_token_ids == (found.tokenizer.added_tokens["<|im_end|>"],)
    assert found.sources == {"chat_template.jinja": CHATML}
    assert found.context_tokens == 512
    assert found.embedding_rows == 260
    assert found.messages == (
        ({"role": "user", "content": "hi"},),
        ({"role": "user", "content": "ho"},),
    )
    assert (found.targets, found.max_new_tokens, found.stop_strings) == (("a", "b"), 9, ("\n",))


def test_a_setup_repaired_for_another_model_does_not_apply(tiny: Path) -> None:
    spec = task(ModelRef(id=str(tiny)))
    repaired = ChatSetup(template="other", model="another/model")

    found = template_context(spec, spec.baseline().replace(chat=repaired), [])

    assert found is not None
    assert found.setup == ChatSetup()


def test_what_shows_no_tokenizer_has_no_situation() -> None:
    for ref in (ModelRef(id="m", base_url="http://localhost:1"), ModelRef(id="recorded:x.jsonl")):
        assert template_context(task(ref), Candidate(model=ref), []) is None
