from pathlib import Path

from ladder.models import load_tokenizer, model_digest
from ladder.spec.candidate import ModelRef
from ladder.testing import write_tiny_model


def test_the_same_seed_writes_the_same_model(tmp_path: Path) -> None:
    first, same, other = (
        ModelRef(id=str(write_tiny_model(tmp_path / name, seed=seed)))
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )

    assert model_digest(first) == model_digest(same)
    assert model_digest(first) != model_digest(other)


def test_any_text_survives_its_tokenizer(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(ModelRef(id=str(write_tiny_model(tmp_path))))
    text = "  Zwölf\t№ 12 \n\n<|im_end|> 日本 "

    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_a_base_model_has_no_template(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path, template=None)

    assert load_tokenizer(ModelRef(id=str(folder))).template is None
