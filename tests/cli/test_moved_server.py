"""A server that moved, or whose software is another one, counts once its answers tell that it is the same."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.answering.run_answerer import answerer_of
from ladder.errors import EvidenceError, LadderError
from ladder.runs import RunFolder
from ladder.runs.moved_servers import MovedServer, MovedServers, read_moved, write_moved
from ladder.runs.resolved_task import read_task
from ladder.spec.candidate import ModelRef
from ladder.testing import triples, write_rows, write_task
from ladder.testing.scripted_server import Body, ScriptedServer, Sent
from tests.cli.conftest import Command


@dataclass
class Served:
    """A server of one model, as vLLM serves it: what it is, and how many questions it got."""

    model: str = "m"
    factor: int = 3
    fingerprint: str | None = None
    template_tokens: int = 9
    errs_on: int = 0
    script: ScriptedServer = field(default_factory=ScriptedServer)

    def __post_init__(self) -> None:
        self.script.behave = self

    @property
    def url(self) -> str:
        return self.script.url

    @property
    def asked(self) -> int:
        return sum("letters" not in json.dumps(each) for each in self.script.calls)

    def __call__(self, path: str, body: Body) -> Sent:
        if path.endswith("/models"):
            return Sent({"data": [{"id": self.model}]})
        if not path.endswith("/chat/completions"):
            return Sent("", 404)
        number = int((re.findall(r"\d+", json.dumps(body["messages"])) or ["0"])[-1])
        wrong = self.errs_on and number % self.errs_on == 0
        choice = {
            "message": {"content": "none" if wrong else str(self.factor * number)},
            "finish_reason": "stop",
        }
        return Sent(
            {
                "model": self.model,
                "system_fingerprint": self.fingerprint,
                "choices": [choice],
                "usage": {"prompt_tokens": self.template_tokens, "completion_tokens": 2},
            }
        )


@pytest.fixture
def servers() -> Iterator[list[Served]]:
    made = [Served(), Served()]
    yield made
    for each in made:
        each.script.close()


def measured(folder: Path, server: Served, **fields: Any) -> Path:
    task = write_task(folder, {"id": "m", "base_url": server.url}, **fields)
    ladder.run(task, runs_folder=folder / "runs")
    return Path(ladder.run_folder_of(ladder.load_task(task), folder / "runs"))


def test_new_rows_are_answered_and_rechecked_where_the_server_is_now(
    servers: list[Served], tmp_path: Path, command: Command
) -> None:
    old, new = servers
    new.fingerprint, new.model = "another build", "Maker/M"
    run = measured(tmp_path, old)
    first = command(
        "recheck", run, "--data", write_rows(tmp_path / "a.jsonl", triples(60, start=5000))
    )
    old.script.close()
    gone = command("answer", run, "--text", "7")

    moved = command("answer", run, "--text", "7", "--base-url", new.url)
    n_asked = new.asked
    again = command("answer", run, "--text", "8")
    fresh = write_rows(tmp_path / "b.jsonl", triples(40, start=7000))
    later = command("recheck", run, "--data", fresh, "--json")

    assert first.code == 0, first.err
    assert gone.code == 4
    assert "or name its new address with --base-url" in " ".join(gone.err.split())
    assert (moved.code, json.loads(moved.out)["answer"]) == (0, "21"), moved.err
    told = f"The server of {old.url} is asked at {new.url} since "
    assert told in moved.err
    assert "m: 30 of 30 recorded answers came again." in " ".join(moved.err.split())
    assert n_asked == 31
    assert (again.code, json.loads(again.out)["answer"], new.asked) == (0, "24", 72)
    found = json.loads(later.out)
    assert (later.code, found["status"], found["n_new"]) == (0, "still_reaches", 40)
    assert any(each.startswith(told) for each in found["notes"])
    assert f'"asked_at": "{new.url}"' in (run / "rechecks.jsonl").read_text("utf-8")


def test_an_export_names_where_the_server_is_now(
    tmp_path: Path, servers: list[Served], command: Command
) -> None:
    old, new = servers
    run = measured(tmp_path, old)
    command("answer", run, "--text", "123", "--base-url", new.url)

    ended = command("export", run, "--format", "openai", "--out", tmp_path / "served")

    assert ended.code == 0, ended.err
    settings = json.loads((tmp_path / "served" / "stack.json").read_text("utf-8"))
    assert settings["served"]["base_url"] == new.url


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"factor": 5}, "only 0 of 30 recorded answers came again"),
        ({"errs_on": 5}, "recorded answers came again ("),
        ({"model": "m-2"}, "answered as 'm' and now as 'm-2'"),
        ({"template_tokens": 12}, "have another number of tokens there (12 for 9)"),
    ],
)
def test_another_model_or_template_at_the_new_address_is_refused_and_nothing_is_kept(
    servers: list[Served], tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    old, new = servers
    for name, value in change.items():
        setattr(new, name, value)
    run = measured(tmp_path, old)

    with pytest.raises(EvidenceError, match=re.escape(words)) as refused:
        ladder.load(run, base_url=new.url)

    assert "ladder run SPEC, with --runs" in refused.value.next_step
    assert not (run / "moved.json").exists()
    with ladder.load(run) as answerer:
        assert answerer.answer("7").text == "21"


@pytest.mark.parametrize(("model", "server"), [("other", 0), ("m", 2)])
def test_what_was_compared_is_one_model_of_one_server(
    servers: list[Served], tmp_path: Path, model: str, server: int
) -> None:
    servers.append(Served(model=model))
    old, new, third = servers
    run = RunFolder(measured(tmp_path, old))
    ladder.load(run.path, base_url=new.url).close()
    task = read_task(run)
    address = (old, new, third)[server].url
    other = task.baseline().replace(model=ModelRef(id=model, base_url=address))

    with pytest.raises(EvidenceError, match="no recorded answer is at hand"):
        answerer_of(run, other, base_url=new.url)

    kept = read_moved(run)
    assert [(each.before, each.now, each.models) for each in kept.moves] == [
        (old.url, new.url, ("m",))
    ]
    assert answerer_of(run, task.baseline()).places == kept.places
    if server == 0:
        with pytest.raises(EvidenceError, match="no recorded answer is at hand"):
            answerer_of(run, other)
    else:
        assert answerer_of(run, other).moved is None


def test_a_second_server_that_moves_leaves_the_move_of_the_first(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    first = MovedServer(before="http://a/v1", now="http://b/v1", since="2026-01-01", models=("m",))
    second = MovedServer(before="http://c/v1", now="http://d/v1", since="2026-01-02")

    write_moved(folder, MovedServers().with_move(first))
    write_moved(folder, read_moved(folder).with_move(second))

    kept = read_moved(folder)
    assert (kept.of("http://a"), kept.of("http://c/v1/")) == (first, second)
    write_moved(folder, kept.without("http://a/v1").without("http://c/v1"))
    assert not folder.moved.exists()


def test_a_server_that_is_back_at_its_own_address_is_asked_there(
    servers: list[Served], tmp_path: Path
) -> None:
    old, new = servers
    run = measured(tmp_path, old)

    ladder.load(run, base_url=new.url).close()
    assert (run / "moved.json").is_file()
    n_asked = new.asked
    with ladder.load(run, base_url=old.url.replace("127.0.0.1", "localhost")) as answerer:
        assert answerer.answer("7").text == "21"

    assert not (run / "moved.json").exists()
    assert new.asked == n_asked


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("localhost:8000", "--base-url: 'localhost:8000' is not an http or https address"),
        ("http://127.0.0.1:9/v1", "No server answers at http://127.0.0.1:9/v1"),
    ],
)
def test_an_address_at_which_no_server_is_says_so(
    servers: list[Served], tmp_path: Path, address: str, words: str
) -> None:
    run = measured(tmp_path, servers[0])

    with pytest.raises(LadderError, match=re.escape(words)):
        ladder.load(run, base_url=address)


def test_a_model_that_is_loaded_here_has_no_server_to_move(
    tmp_path: Path, servers: list[Served]
) -> None:
    task = write_task(tmp_path, lambda request: str(3 * int(request.messages[-1].content)))
    ladder.run(task, runs_folder=tmp_path / "runs")
    run = ladder.run_folder_of(ladder.load_task(task), tmp_path / "runs")

    with pytest.raises(LadderError, match="no server answers for it"):
        ladder.load(run, base_url=servers[0].url)


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_another_build_of_the_servers_software_ends_nothing_where_it_answers_the_same(
    servers: list[Served], tmp_path: Path, temperature: float
) -> None:
    server = servers[0]
    server.fingerprint = "b1"
    run = measured(tmp_path, server, generation={"temperature": temperature})
    server.fingerprint = "b2"

    with ladder.load(run) as answerer:
        text = answerer.answer("7").text
    found = ladder.recheck(run, triples(50, start=5000))
    server.fingerprint, server.factor = "b3", 5
    with pytest.raises(EvidenceError, match="'b1' or 'b2' and now under the fingerprint 'b3'"):
        ladder.recheck(run, triples(50, start=6000))

    assert (text, found.status) == ("21", "still_reaches")
    assert any("under 2 fingerprints" in each for each in found.notes)
    assert len(ladder.recheck(run).batches) == 1


def test_a_model_that_was_refused_is_refused_again_by_the_same_process(
    servers: list[Served], tmp_path: Path
) -> None:
    server = servers[0]
    server.fingerprint = "b1"
    run = measured(tmp_path, server)
    server.fingerprint, server.factor = "b2", 5

    with ladder.load(run) as answerer:
        for question in ("7", "8"):
            with pytest.raises(EvidenceError, match="only 0 of 30 recorded answers"):
                answerer.answer(question)


def test_what_the_refusal_of_another_model_advises_gives_it_a_run_of_its_own(
    servers: list[Served], tmp_path: Path, command: Command
) -> None:
    server = servers[0]
    server.fingerprint = "b1"
    run = measured(tmp_path, server)
    server.fingerprint, server.errs_on = "b2", 3
    refused = command(
        "recheck", run, "--data", write_rows(tmp_path / "n.jsonl", triples(9, start=5000))
    )

    anew = command("run", tmp_path / "task.json", "--runs", tmp_path / "others")

    assert refused.code == 5
    assert "ladder run SPEC, with --runs and another folder" in " ".join(refused.err.split())
    assert anew.code in (0, 3), anew.err  # 3: a verdict on these rows was seen before
    assert list((tmp_path / "others").glob("*/decision.json"))
