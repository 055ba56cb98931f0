"""`modelfile`: an Ollama Modelfile whose template writes the prompts that an adapter learned from."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ladder.errors import LadderError

Turns = Sequence[Mapping[str, Any]]
Render = Callable[..., str]
"""Writes turns by a chat template; `reply=True` lets the reply begin."""

_S, _U, _A, _V, _B = "SysWord", "UserWord", "AnswerWord", "LaterWord", "SecondWord"
LEAST_CONTEXT = 4096


@dataclass(frozen=True, slots=True)
class TurnPieces:
    """What a chat template writes around the turns of each role.

    Attributes:
        opening: Before a conversation without a system text.
        around: By role, what stands before and after a turn's text.
        reply: Where the reply begins.
    """

    opening: str
    around: Mapping[str, tuple[str, str]]
    reply: str

    def text(self, turns: Turns) -> str:
        """Return the prompt of a conversation, as the pieces make it."""
        begun = "" if turns[0]["role"] == "system" else self.opening
        written = (f"{before}{turn['content']}{after}" for turn, before, after in self._each(turns))
        return begun + "".join(written) + self.reply

    def _each(self, turns: Turns) -> Iterator[tuple[Mapping[str, Any], str, str]]:
        for turn in turns:
            yield turn, *self.around[turn["role"]]

    @property
    def go_template(self) -> str:
        """Return the same as the Go template that Ollama reads."""
        opening = (
            f'{{{{ if ne (index .Messages 0).Role "system" }}}}{_said(self.opening)}{{{{ end }}}}'
        )
        roles = [
            f'{{{{ {"if" if at == 0 else "else if"} eq .Role "{role}" }}}}{_said(before)}'
            f"{{{{ .Content }}}}{_said(after)}"
            for at, (role, (before, after)) in enumerate(self.around.items())
        ]
        turns = f"{{{{ range .Messages }}}}{''.join(roles)}{{{{ end }}}}{{{{ end }}}}"
        return f"{opening if self.opening else ''}{turns}{_said(self.reply)}"


def pieces_of(render: Render, *, beginning: str = "") -> TurnPieces | None:
    r"""Return what a template writes around turns; None where it does more than that.

    Args:
        render: Writes turns by the template.
        beginning: The token that a runtime puts first by itself, which no template must repeat.

    >>> def chatml(turns, reply=False):
    ...     text = "".join(f"<{t['role']}>{t['content']}\n" for t in turns)
    ...     return text + ("<assistant>" if reply else "")
    >>> pieces_of(chatml).around["user"], pieces_of(chatml).reply
    (('<user>', '\n'), '<assistant>')
    """
    user, answer = {"role": "user", "content": _U}, {"role": "assistant", "content": _A}
    later, second = {"role": "user", "content": _V}, {"role": "assistant", "content": _B}
    try:
        one, two = render([user]), render([user, answer])
        whole = render([user, answer, later, second])
        reply = render([user], reply=True).removeprefix(one)
        system = render([{"role": "system", "content": _S}, user])
    except LadderError:
        return None
    if not two.startswith(one) or not whole.startswith(two):
        return None
    said = two.removeprefix(one).partition(_A)
    again = whole.removeprefix(two).partition(_V)
    after_user = again[2].partition(_B)[0].removesuffix(said[0])
    shown = f"{again[0]}{_U}{after_user}"
    if not (one.endswith(shown) and system.endswith(shown)):
        return None
    opening, of_system = one.removesuffix(shown), system.removesuffix(shown).partition(_S)
    before, is_doubled = of_system[0], again[0].startswith(beginning or "\0")
    if beginning and not is_doubled:
        opening, before = opening.removeprefix(beginning), before.removeprefix(beginning)
    around = {
        "system": (before, of_system[2]),
        "user": (again[0], after_user),
        "assistant": (said[0], said[2]),
    }
    return TurnPieces(opening, around, reply)


def modelfile(
    pieces: TurnPieces, *, parameters: Mapping[str, Any], system: str, base: str, adapter: str
) -> str:
    """Return a Modelfile.

    Args:
        pieces: What the chat template writes.
        parameters: Ollama's own names; a list is a line each.
        system: The system text where all questions have the same; else nothing.
        base: The base model's file or name in Ollama.
        adapter: The adapter's file.
    """
    lines = [f"FROM {base}", f"ADAPTER {adapter}", f'TEMPLATE """{pieces.go_template}"""']
    lines += [f'SYSTEM """{system}"""'] if system and '"""' not in system else []
    for name, value in parameters.items():
        several = value if isinstance(value, list) else [value]
        lines += [f"PARAMETER {name} {_written(each)}" for each in several]
    return "\n".join(lines) + "\n"


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _said(text: str) -> str:
    """Return a text as a Go template writes it, white space and all."""
    return f"{{{{ {json.dumps(text, ensure_ascii=False)} }}}}" if text else ""
