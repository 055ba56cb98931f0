"""Rendering equals transformers', and a hostile template ends in time."""

import os
import resource
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ladder.chat import TemplateContext, check_context
from ladder.chat.sandbox.render import Job, read_template, render, render_each
from ladder.chat.sandbox.worker import Patience
from ladder.errors import RenderError, UnsafeError
from ladder.spec.candidate import ChatSetup

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
HI: list[dict[str, Any]] = [{"role": "user", "content": "hi"}]


def show(
    template: str,
    messages: list[dict[str, Any]] = HI,
    *,
    add_generation_prompt: bool = True,
    **arguments: Any,
) -> str:
    return render(
        template,
        messages,
        special_tokens={"bos_token": "<s>"},
        add_generation_prompt=add_generation_prompt,
        arguments=arguments,
    )


def test_a_conversation_is_rendered_with_its_generation_prompt() -> None:
    assert show(CHATML) == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"


def test_a_batch_keeps_the_order_of_its_conversations() -> None:
    jobs = [
        Job("{{ messages[0].content }}", [{"role": "user", "content": str(number)}])
        for number in range(50)
    ]

    texts = render_each(jobs)

    assert texts == [str(number) for number in range(50)]


def test_the_clock_stands_still_unless_the_task_says_when() -> None:
    template = "{{ strftime_now('%d %B %Y') }}"

    assert show(template) == "01 January 2026"
    assert show(template, strftime_now="2025-07-10T12:00:00") == "10 July 2025"


def test_arguments_stand_before_special_tokens() -> None:
    assert show("{{ bos_token }}") == "<s>"
    assert show("{{ bos_token }}", bos_token="<other>")  # noqa: S106 == "<other>"


def test_none_values_are_dropped_and_reasoning_has_all_its_names() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "assistant", "content": None, "reasoning": "because"}
    ]

    text = show(
        "{{ 'content' in messages[0] }} {{ messages[0].thinking }} {{ messages[0].reasoning_content }}",
        messages,
    )

    assert text == "False because because"


def test_a_template_that_raises_gives_line_and_message() -> None:
    with pytest.raises(RenderError) as caught:
        show("first\n{{ raise_exception('roles must alternate') }}")

    assert caught.value.line == 2
    assert caught.value.message == "roles must alternate"
    assert caught.value.compiles


def test_a_template_that_does_not_compile_says_so() -> None:
    with pytest.raises(RenderError) as caught:
        show("{% for m in messages %}")

    assert not caught.value.compiles
    assert caught.value.next_step


def test_one_failing_job_leaves_the_others_alone() -> None:
    outcomes = render_each([Job("{{ 1/0 }}", HI), Job("fine", HI)])

    assert isinstance(outcomes[0], RenderError)
    assert outcomes[1] == "fine"


def test_user_text_is_never_executed() -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "{{ 7*7 }}{% raw %}"}]

    assert show("{{ messages[0].content }}", messages) == "{{ 7*7 }}{% raw %}"


ESCAPES = (
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ messages.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ '{0.__class__}'.format(messages) }}",
    "{{ ('{0.__class__.__mro__}'|attr('format'))(1) }}",
    "{{ cycler.__init__.__globals__.os.system('touch /tmp/ladder-escaped') }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ raise_exception.__globals__ }}",
    "{{ strftime_now.__globals__ }}",
    "{{ dict.__class__ }}",
    "{% set n = namespace(_x=1) %}{{ n }}",
    "{{ messages.append(1) }}",
    "{{ messages[0].update(x=1) }}",
    "{% set f = ''.format_map %}{{ f({}) }}{{ ('{a.__class__}').format_map({'a': 1}) }}",
    "{% include '/etc/passwd' %}",
    "{% import '/etc/passwd' as x %}",
    "{{ self.__init__.__globals__ }}",
    "{{ [lipsum]|map(attribute='__globals__')|list }}",
)


@pytest.mark.parametrize("template", ESCAPES)
def test_an_escape_attempt_is_refused(template: str) -> None:
    with pytest.raises(UnsafeError):
        show(template)

    assert not Path("/tmp/ladder-escaped").exists()  # noqa: S108 - the payload's own marker


RUNAWAYS = (
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    "{{ 9**(9**9) }}",
    "{% set n = namespace(x=9) %}{{ n.x ** (n.x ** n.x) }}",
    "{{ 'a' * 2**33 }}",
    "{% set n = namespace(x=33) %}{{ 'a' * 2**n.x }}",
    "{{ lipsum(n=1000000) }}",
    "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
    "{{ ('a' * 50000000) }}",
    "{{ ('a\n' * 1000000)|indent(1000) }}",
    "{% for i in range(99999) %}{% for j in range(99999) %}xxxxxxxxxx{% endfor %}{% endfor %}",
    "{{ 'x'.ljust(1000000000) }}",
    "{{ range(1000000000)|list }}",
    "{{ '%1000000000d' % 1 }}",
    "(" * 5000 + "{{ " + "(" * 20000 + "1" + ")" * 20000 + " }}",
)


@pytest.mark.slow
@pytest.mark.usefixtures("less_patience")
@pytest.mark.parametrize("template", RUNAWAYS)
def test_a_runaway_is_ended_in_time_and_the_parent_stays_small(template: str) -> None:
    show("warm")
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()

    with pytest.raises(UnsafeError):
        show(template)

    assert time.monotonic() - start < 2.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32_000
    assert show("{{ messages[0].content }}") == "hi"


@pytest.mark.slow
def test_a_batch_of_runaways_is_refused_at_once() -> None:
    endless = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    show("warm")
    start = time.monotonic()

    outcomes = render_each([Job("a", HI), *[Job(endless, HI)] * 20, Job("b", HI)])

    assert time.monotonic() - start < 4
    assert outcomes[0] == "a"
    assert outcomes[-1] == "b"
    assert all(isinstance(outcome, UnsafeError) for outcome in outcomes[1:-1])


SLOW = (
    "{{ dict.fromkeys(range(99999), 'x'*10000000)|tojson }}",
    "{% for i in range(99999) %}{% for j in range(70) %}{% endfor %}{% endfor %}",
    "{{ strftime_now('%Y'*10000000) }}",
    "a" * 5_000_000,
    "{# " + "x" * 9_000_000 + " #}ok",
)


@pytest.mark.slow
@pytest.mark.parametrize("template", SLOW, ids=range(len(SLOW)))
def test_the_whole_check_of_a_slow_template_ends_in_time_and_memory(template: str) -> None:
    show("warm")
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()

    findings = check_context(TemplateContext(setup=ChatSetup(), template=template))

    assert "L06" in [finding.code[:3] for finding in findings]
    assert time.process_time() - start < 0.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32_000


@pytest.mark.slow
def test_renders_that_are_slow_one_by_one_are_refused_together() -> None:
    patience = Patience()
    job = {"template": SLOW[1], "variables": {}, "now": "2026-01-01"}

    replies = [patience.answer(job) for _ in range(20)]

    assert "text" in replies[0]
    assert "renders take more than" in replies[-1]["hostile"]


def test_a_lone_surrogate_is_an_error_of_the_template_and_no_crash() -> None:
    template = "{% for m in messages %}{{ m.content }}{{ '\\ud800' }}{% endfor %}"

    with pytest.raises(RenderError, match="surrogate"):
        show(template)


def test_the_child_sees_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADDER_TEST_SECRET", "42")
    show("warm")
    from ladder.chat.sandbox import child

    process = child._CHILDREN.living().process
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()

    assert b"SECRET" not in environment
    assert os.environ["LADDER_TEST_SECRET"] == "42"  # noqa: S105


def test_threads_share_the_child_without_mixing_answers() -> None:
    wrong: list[str] = []

    def work(name: str) -> None:
        for number in range(30):
            text = show(
                "{{ messages[0].content }}", [{"role": "user", "content": f"{name}{number}"}]
            )
            if text != f"{name}{number}":
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_the_syntax_of_a_template_is_read_without_rendering() -> None:
    facts = read_template(
        "{{ messges }}{% if x is defined %}{{ x }}{% endif %}{{ message.contnt }}"
    )

    assert isinstance(facts, dict)
    assert facts["undeclared"] == ["message", "messges", "x"]
    assert facts["guarded"] == ["x"]
    assert facts["keys"] == ["contnt"]


def test_an_interrupted_render_leaves_no_answer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    from ladder.chat.sandbox import child

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    show("warm")
    with monkeypatch.context() as patched:
        patched.setattr(child.Child, "_read", interrupt)
        with pytest.raises(KeyboardInterrupt):
            show("left over")

    assert show("next") == "next"


def test_a_child_that_was_killed_is_replaced() -> None:
    from ladder.chat.sandbox import child

    show("warm")
    process = child._CHILDREN.living().process
    process.kill()
    process.wait()

    assert show("{{ messages[0].content }}") == "hi"


def test_a_forked_process_has_a_child_of_its_own() -> None:
    show("warm")
    reading, writing = os.pipe()

    if (pid := os.fork()) == 0:
        try:
            os.write(writing, show("{{ messages[0].content }} from the fork").encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(writing)

    assert show("still here") == "still here"
    assert os.read(reading, 100) == b"hi from the fork"
    os.close(reading)
