"""Patches of a template's text. The original stands inside the patch, unchanged where it can."""

import re

from ladder.chat.probes.text_around import matches

_FINAL_STRING = re.compile(
    r"""\{\{-?\s*(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*-?\}\}\s*\Z""", re.DOTALL
)
# A tag's end, then only white space with a line break in it, then the next tag.
_LAYOUT = re.compile(r"(?<!-)([%}]\})(\s*\n\s*)(?=\{[{%#])")


def append_header(template: str, header: str, tail: str) -> str:
    """Return the template with a generation prompt: the header, less what stands there already.

    >>> append_header("{% for m in messages %}{{ m.content }}</u>{% endfor %}", "</u><bot>", "</u>")
    "{% for m in messages %}{{ m.content }}</u>{% endfor %}{{ '<bot>' if add_generation_prompt else '' }}"
    """
    missing = _missing_part(header, tail)
    return f"{ended(template)}{{{{ {quoted(missing)} if add_generation_prompt else '' }}}}"


def replace_header(template: str, header: str, tail: str) -> str:
    """Return the template with another generation prompt than its own, which never shows."""
    start = "{% set ladder_flag = add_generation_prompt %}{% set add_generation_prompt = false %}\n"
    missing = _missing_part(header, tail)
    return f"{start}{ended(template)}{{{{ {quoted(missing)} if ladder_flag else '' }}}}"


def wrap_header(template: str, written: str) -> str | None:
    """Return the template with its final header only on demand; None where it is not found.

    The template ends with the header, as text or as a string in an expression. The end of what is
    `written` after the last reply is the header.

    >>> wrap_header("...{{ '<bot>' }}", "</a><bot>")
    "...{{ '<bot>' if add_generation_prompt else '' }}"
    >>> wrap_header("...</a>{% endfor %}<bot>", "</a><bot>")
    "...</a>{% endfor %}{{ '<bot>' if add_generation_prompt else '' }}"
    """
    expression = _FINAL_STRING.search(template)
    if expression is not None:
        end = expression.end("string")
        return f"{template[:end]} if add_generation_prompt else ''{template[end:]}"
    body = ended(template)
    for start in range(len(written)):
        header = written[start:]
        if body.endswith(header) and header.strip():
            kept = body.removesuffix(header)
            return f"{kept}{{{{ {quoted(header)} if add_generation_prompt else '' }}}}"
    return None


# What stands before a template to give it the messages in a form that it takes, and those forms.
_BEFORE = """\
{{%- set ladder_new = namespace(messages=[]) -%}}
{{%- for message in messages -%}}
{body}
{{%- set ladder_new.messages = ladder_new.messages + [message] -%}}
{{%- endfor -%}}
{{%- set messages = ladder_new.messages -%}}
"""
AS_PARTS = """\
{%- if message.content is string -%}
{%- set message = dict(message, content=[{'type': 'text', 'text': message.content}]) -%}
{%- endif -%}"""
AS_TEXT = """\
{%- if message.content is defined and message.content is not string and message.content is iterable -%}
{%- set ladder_text = namespace(parts=[]) -%}
{%- for part in message.content -%}
{%- if part is string -%}
{%- set ladder_text.parts = ladder_text.parts + [part] -%}
{%- elif part.text is defined -%}
{%- set ladder_text.parts = ladder_text.parts + [part.text] -%}
{%- else -%}
{{- raise_exception('This template takes text alone.') -}}
{%- endif -%}
{%- endfor -%}
{%- set message = dict(message, content=ladder_text.parts | join('\n')) -%}
{%- endif -%}"""
NO_EMPTY_CALLS = """\
{%- if message.tool_calls is defined and not message.tool_calls -%}
{%- set ladder_kept = namespace(message={}) -%}
{%- for key, value in message.items() if key != 'tool_calls' -%}
{%- set ladder_kept.message = dict(ladder_kept.message, **{key: value}) -%}
{%- endfor -%}
{%- set message = ladder_kept.message -%}
{%- endif -%}"""
KNOWN_ROLES = """\
{%- if message.role == 'developer' -%}
{%- set message = dict(message, role='system') -%}
{%- elif message.role == 'function' -%}
{%- set message = dict(message, role='tool') -%}
{%- endif -%}"""


def given(template: str, form: str) -> str:
    """Return the template with each message given to it in one of the forms above.

    `AS_PARTS`: a text as a typed part, as vision templates read it; `AS_TEXT`: typed text parts as
    one text, a line each; `NO_EMPTY_CALLS`: without an empty list of tool calls; `KNOWN_ROLES`:
    developer as system, and function as tool.
    """
    return _BEFORE.format(body=form) + template


def trim_layout(template: str) -> str:
    r"""Return the template without white space that only lays it out: between two tags, or around.

    >>> trim_layout("\n{{ bos }}\n  {% for m in messages %}{{ m.content }}\n{% endfor %}\n")
    '{{ bos -}}\n  {% for m in messages %}{{ m.content -}}\n{% endfor %}'
    """
    return _LAYOUT.sub(r"-\1\2", template.replace("\ufeff", "").strip())


def _missing_part(header: str, tail: str) -> str:
    r"""Return what of a header is still to be written after a tail.

    >>> _missing_part("</u>\n<bot>", "</u>\n")
    '<bot>'
    >>> _missing_part("\n<bot>", "</u>")
    '\n<bot>'
    """
    if matches(tail, header):
        return ""
    for size in range(min(len(header), len(tail)), 0, -1):
        if tail.endswith(header[:size]):
            return header[size:]
    return header


def ended(template: str) -> str:
    """Drop the one final line break that jinja drops by itself."""
    return template.removesuffix("\n")


def quoted(text: str) -> str:
    r"""Return a text as a jinja string.

    >>> print(quoted("it's\n"))
    'it\'s\n'
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
