"""What a repair changes, for people: a unified diff, and digests of both sides."""

import difflib

from ladder.chat.context import TemplateContext
from ladder.chat.probes.probes import Probes
from ladder.frozen import digest_of
from ladder.spec.candidate import ChatSetup


def show_repair(context: TemplateContext, repaired: ChatSetup) -> str:
    """Return call options and template before and after, as one unified diff.

    The first two lines name the digests of both, so that a record can point to them.
    """
    old, new = context.setup, repaired
    before, after = _lines(context, old), _lines(context, new)
    lines = difflib.unified_diff(
        before,
        after,
        fromfile=f"before {digest_of(before)[:12]}",
        tofile=f"after {digest_of(after)[:12]}",
        lineterm="",
    )
    return "\n".join(lines)


def _lines(context: TemplateContext, setup: ChatSetup) -> list[str]:
    options = setup.model_dump(mode="json", exclude={"template", "model"})
    listed = [f"chat.{name}: {value}" for name, value in sorted(options.items())]
    own = Probes(context).own_template
    template = setup.template if setup.template is not None else own
    return [*listed, "chat.template:", *(template or "").splitlines()]
