"""The user's prompt template: plain ones run here, all others where they can be killed."""

import resource
import time

import pytest

from ladder.chat.sandbox.fill import Refused, fill, is_bounded
from ladder.chat.sandbox.prompt_environment import PROMPTS

INPUT = "order 622 " * 50
COLUMNS = {"input": INPUT, "options": ["a", "b"], "tone": "brief", "rows": [[1, 2]]}

PLAIN = {
    "{{ input }}\n": INPUT + "\n",
    "{% for o in options %}{{ loop.index }}. {{ o | upper }}\n{% endfor %}": "1. A\n2. B\n",
    "{% if tone == 'brief' and options|length > 1 %}yes{% else %}no{% endif %}": "yes",
    "{{ options | join(', ') }} {{ tone.strip().upper() }} {{ options[0] ~ options[-1] }}": "a, b BRIEF ab",
    "{{ tone | default('x') }}{{ options | tojson }}": 'brief["a", "b"]',
    "{% raw %}{{ not a column }}{% endraw %}": "{{ not a column }}",
}
RICH = {
    "{% for r in rows %}{% for x in r %}{{ x }}{% endfor %}{% endfor %}": "12",
    "{% set n = options | length %}{{ n * 2 }}": "4",
    "{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(tone) }}": "<brief>",
    "{{ tone.replace('b', 'g') }}{{ '%s!' | format(tone) }}": "griefbrief!",
    "{% for i in range(3) %}{{ i }}{% endfor %}": "012",
    "{{ tone | indent(2, true) }}\n": "  brief\n",
}


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_prompt_is_filled_here(text: str) -> None:
    assert is_bounded(PROMPTS.parse(text))
    assert fill(text, COLUMNS) == PLAIN[text]


@pytest.mark.parametrize("text", RICH)
def test_a_richer_prompt_is_filled_apart_and_reads_the_same(text: str) -> None:
    assert not is_bounded(PROMPTS.parse(text))
    assert fill(text, COLUMNS) == RICH[text] == PROMPTS.from_string(text).render(COLUMNS)


ENDLESS = (
    "{% for a in input %}{% for b in input %}" * 3 + "{% endfor %}{% endfor %}" * 3,
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{{ input | center(1000000000) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ input.ljust(1000000000) }}",
    "{{ lipsum(n=1000000) }}",
    "{{ range(100000000) | list }}",
    "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "{% for x in rows recursive %}{{ loop(rows) }}{% endfor %}",
    "{% set ns = namespace(x=input) %}{% for a in input %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{{ input | replace('', input) | replace('', input) | replace('', input) }}",
    "{{ input | batch(1000000000, 'x') | list }}",
    "{{ input | join(input) | join(input) | join(input) }}",
    "{{ [input] | map('center', 1000000000) | list }}",
    "{{ options | tojson(indent=1000000000) }}",
    "{% for a in input %}" + "long " * 2000 + "{% endfor %}",
    "{{ ''.__class__ }}",
    "{{ input.format_map({}).__class__ }}",
    "{% include '/etc/passwd' %}",
    "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
)


@pytest.mark.slow
@pytest.mark.usefixtures("less_patience")
@pytest.mark.parametrize("text", ENDLESS)
def test_a_prompt_without_end_is_refused_in_time_and_memory(text: str) -> None:
    fill("{{ 1 * 1 }}", {})
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()

    outcome = fill(text, COLUMNS)

    assert isinstance(outcome, Refused)
    assert outcome.kind == "unsafe"
    assert time.monotonic() - start < 2.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32_000


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{{ inptu }}", "undefined"),
        ("{{ inptu | indent }}", "undefined"),
        ("{{ input", "invalid"),
        ("{% for x in range(2) %}", "invalid"),
        ("{{ range(2) | nofilter }}", "invalid"),
        ("{{ input + 1 }}", "failed"),
        ("{{ 1 / 0 }}", "failed"),
    ],
)
def test_each_kind_of_refusal_is_told_apart(text: str, kind: str) -> None:
    outcome = fill(text, COLUMNS)

    assert isinstance(outcome, Refused)
    assert outcome.kind == kind
    assert outcome.why


def test_a_long_row_is_no_fault_of_the_prompt() -> None:
    long = {"input": "word " * 500_000}

    assert fill("{{ input }}!", long) == "word " * 500_000 + "!"
