"""A Decision in a notebook: shown as verdict and ladder instead of its fields."""

import sys
from typing import Any

from ladder.decision import Decision
from ladder.report.html import to_notebook_html


def show_in_notebook() -> bool:
    """Let IPython show every Decision as verdict and ladder; return whether there is one.

    `Decision` lies below this room and cannot know it, so the formatter is registered from here.
    Nothing is imported: without a running IPython nothing happens.
    """
    module: Any = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    if shell is None:
        return False
    shell.display_formatter.formatters["text/html"].for_type(Decision, to_notebook_html)
    return True
