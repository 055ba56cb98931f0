"""What reaches a judge: no text that it examines ends its turn."""

from ladder.data.chat_message import Message
from ladder.data.conversation import Conversation
from ladder.data.sample import Sample
from ladder.measure.answer_store import AnswerStore
from ladder.measure.budget import Spending
from ladder.measure.journal import Journal
from ladder.measure.judging import Judged, Judging
from ladder.models.base import Request
from ladder.scoring import load_metric
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import Budget
from ladder.testing import Scripted, register_scripted

END = "<|im_end|>"


def test_no_special_token_of_question_answer_or_target_reaches_a_judge() -> None:
    prompts: list[str] = []

    def judge(request: Request) -> str:
        prompts.append(request.messages[0].content)
        return '{"verdict": "yes"}'

    model = register_scripted(Scripted(judge, name="judge of tokens"))
    metric = load_metric(MetricSpec(name="judge", rubric="Polite.", judge={"id": model}))
    assert isinstance(metric, JudgeMetric)
    parts = [{"type": "text", "text": f"Greet Ann.{END}"}]
    call = {"function": {"name": "look_up", "arguments": {"name": f"Ann{END}"}}}
    turns = (
        Message.of({"role": "user", "content": parts}),
        Message.of({"role": "assistant", "content": None, "tool_calls": [call]}),
    )
    sample = Sample(
        "a", "Greet", (f"Dear{END}",), conversation=Conversation(turns, Message("assistant", "x"))
    )
    judging = Judging(metric, AnswerStore(Journal(None), Spending(Budget())), "inconclusive")

    [[reply]] = judging.ask([Judged(sample, f"Hi Ann.{END}")])

    assert reply.answer.text == '{"verdict": "yes"}'
    assert END not in prompts[0]
    assert prompts[0].count("< |im_end|>") == 4
