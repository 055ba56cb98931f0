"""`ladder label`: people label the answers that a judge scored, blind; their labels decide."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ladder.cli.options import AllowCode, AsJson, RunFolder
from ladder.cli.output import console, say_either

if TYPE_CHECKING:
    from ladder.labelling import LabelSession

INCONCLUSIVE = 3


def label(
    run: RunFolder,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Ask here, one key an answer, and open no page.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", help="Port of the page; any free one by default.")
    ] = 0,
    allow_code: AllowCode = False,
    as_json: AsJson = False,
) -> None:
    """Label the answers of the one candidate that a judge's verdict is about; the labels decide."""
    from ladder.labelling import open_session
    from ladder.labelling.label_words import agreement_words
    from ladder.report import write_report

    with open_session(run, allow_code=allow_code) as session:
        is_done = _in_terminal(session) if terminal else _on_page(session, port)
        if not is_done:
            raise typer.Exit(INCONCLUSIVE)
        decision = session.finish()
        agreement = agreement_words(session.agreement())
    page = write_report(run, "html")
    lines = [decision.sentence, agreement, f"\nReport: {page}"]
    say_either(decision, "\n".join(filter(None, lines)), as_json=as_json)
    if decision.verdict == "inconclusive":
        raise typer.Exit(INCONCLUSIVE)


def _in_terminal(session: "LabelSession") -> bool:
    from ladder.labelling.label_terminal import label_in_terminal

    def read(prompt: str) -> str:
        console.print(prompt, end="", markup=False, highlight=False)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line

    def tell(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    return label_in_terminal(session, read=read, say=tell)


def _on_page(session: "LabelSession", port: int) -> bool:
    from ladder.labelling.label_server import LabelServer
    from ladder.labelling.label_words import how_many

    server = LabelServer(session, port=port)
    console.print(how_many(session), markup=False, highlight=False)
    console.print(f"Open {server.url}", markup=False, highlight=False, soft_wrap=True)
    console.print("Every label is kept at once. Ctrl-C stops; the same command goes on.")
    server.serve()
    return server.is_finished
