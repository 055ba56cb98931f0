"""What a repair changes, for people: a unified diff, and digests of both sides."""

import difflib

from ladder.chat.context import Situation
from ladder.chat.probes.probes import Probes
from ladder.frozen import digest_of
from ladder.spec.candidate import ChatSetup


def show_repair(situation: Situation, repaired: ChatSetup) -> str:
    """Return call options and template before and after, as one unified diff.

    The first two lines name the digests of both, so that a record can point to them.
    """
    old, new = situation.setup, repaired
    before, after = _lines(situation, old), _lines(situation, new)
    lines = difflib.unified_diff(
        before,
        after,
        fromfile=f"before {digest_of(before)[:12]}",
        tofile=f"after {digest_of(after)[:12]}",
        lineterm="",
    )
    return "\n".join(lines)


def _lines(situation: Situation, setup: ChatSetup) -> list[str]:
    options = setup.model_dump(mode="json", exclude={"template", "model"})
    listed = [f"chat.{name}: {value}" for name, value in sorted(options.items())]
    own = Probes(situation).own_template
    template = setup.template if setup.template is not None else own
    return [*listed, "chat.template:", *(template or "").splitlines()]
