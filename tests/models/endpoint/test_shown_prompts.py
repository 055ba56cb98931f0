"""Lever 1 at an endpoint: prompts rendered here, and the server's own held against them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import SpecError
from ladder.frozen import digest_of
from ladder.models import Message, Request, load_tokenizer
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.models.prompt import tokenise
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, ModelRef
from ladder.testing import CHATML, write_tiny_model
from ladder.testing.scripted_server import Body, ScriptedServer, Sent

OTHER = "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}[assistant] "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


def question(**setup: Any) -> Request:
    return Request((Message("user", "héllo"),), ChatSetup(**setup), Decoding())


class Vllm:
    """Shows under `/tokenize` what a template of its own makes of messages."""

    def __init__(self, folder: Path, template: str) -> None:
        self.tokenizer = load_tokenizer(ModelRef(id=str(folder)))
        self.template = template

    def __call__(self, path: str, body: Body) -> Sent:
        headers = {"Server": "uvicorn"}
        if path == "/tokenize":
            messages = tuple(Message(each["role"], each["content"]) for each in body["messages"])
            asked = Request(messages, ChatSetup(template=self.template), Decoding())
            return Sent({"tokens": tokenise(asked, self.tokenizer).ids}, headers=headers)
        if path == "/v1/models":
            return Sent({"data": [{"id": "m"}]}, headers=headers)
        choice = {"message": {"content": "42"}, "text": "42", "finish_reason": "stop"}
        return Sent({"model": "m", "choices": [choice]}, headers=headers)


def reference(server: ScriptedServer, folder: Path) -> ModelRef:
    return ModelRef(id="m", base_url=server.url, tokenizer=str(folder))


def test_a_setup_that_the_server_cannot_honour_goes_as_token_ids(
    server: ScriptedServer, folder: Path
) -> None:
    server.behave = Vllm(folder, CHATML)
    asked = question(template=OTHER, extra_stop_tokens=("<|im_end|>",))

    with closing(EndpointGenerator(reference(server, folder))) as endpoint:
        [(_, answer)] = endpoint.generate([asked])

    tokenizer = load_tokenizer(ModelRef(id=str(folder)))
    sent = server.calls[-1]
    assert sent["prompt"] == list(tokenise(asked, tokenizer).ids)
    assert sent["stop_token_ids"] == [tokenizer.token_id("<|im_end|>")]
    assert (answer.text, answer.prompt) == ("42", "[user] héllo\n[assistant] ")


def test_what_the_server_honours_itself_is_left_to_it(server: ScriptedServer, folder: Path) -> None:
    server.behave = Vllm(folder, CHATML)

    with closing(EndpointGenerator(reference(server, folder))) as endpoint:
        list(endpoint.generate([question(template_arguments={"enable_thinking": False})]))

    assert "messages" in server.calls[-1]


def test_without_a_tokenizer_such_a_setup_names_the_field_to_write(server: ScriptedServer) -> None:
    ref = ModelRef(id="m", base_url=server.url)

    with closing(EndpointGenerator(ref)) as endpoint, pytest.raises(SpecError) as caught:
        list(endpoint.generate([question(template=OTHER)]))

    assert "model.tokenizer" in caught.value.next_step


@pytest.mark.parametrize("template", [CHATML, OTHER])
def test_served_prompts_are_held_against_those_of_the_models_own_template(
    server: ScriptedServer, folder: Path, template: str
) -> None:
    server.behave = Vllm(folder, template)

    with closing(EndpointGenerator(reference(server, folder))) as endpoint:
        found = endpoint.find_abilities([question()])
        codes = [each.code for each in endpoint.findings()]

    own = template == CHATML
    assert found["serves_template"] == (digest_of(CHATML) if own else "")
    assert ("the server writes '[user] h" in found["prompt_difference"]) is not own
    assert ("N07 served-prompt-differs" in codes) is not own


def test_the_template_that_is_served_anyway_is_no_candidate() -> None:
    plain = Candidate(model=ModelRef(id="m", base_url="http://h/v1"))
    same = plain.replace(chat=ChatSetup(template=CHATML, model="m"))
    abilities = EndpointAbilities(base_url="", model="m", serves_template=digest_of(CHATML))

    assert abilities.is_served_anyway(plain, same)
    assert not abilities.is_served_anyway(plain, same.replace(chat=ChatSetup(template=OTHER)))
    assert not EndpointAbilities(base_url="", model="m").is_served_anyway(plain, same)
