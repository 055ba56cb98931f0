"""The seven behaviours that one fine-tunes for, each a small task that a real model takes to a verdict.

    python -m examples.behaviours --only extraction

SmolLM2-135M-Instruct answers; with two to four worked examples in its prompt it does each of them. The
judge of the style is a stand-in that looks for a greeting and a refund: asked by hand about six
replies, this model said "no" to nearly all of them.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import ladder
from examples.forms import messages, orders, tickets
from examples.judged_replies import replies
from examples.queues import queues
from examples.sql_queries import queries
from examples.tool_calls import parcels
from ladder.testing.scripted_server import Body, ScriptedServer, Sent

BEHAVIOURS: dict[str, tuple[str, Callable[..., Path]]] = {
    "classification": ("A ticket goes to one of three queues", queues),
    "extraction": ("Name, total and city of a payment, as JSON", orders),
    "output-format": ("A ticket as JSON that a schema allows", tickets),
    "tool-calls": ("A request becomes a call of one of two tools", parcels),
    "text": ("A message in one sentence of a fixed wording", messages),
    "style": ("A short, polite reply, as a judge sees it", replies),
    "own-function": ("A question becomes SQL, and the query is run", queries),
}
ROWS = 40
"""Rows of eval data of each task: enough where a model does nearly all of them, or nearly none."""


def main() -> None:
    """Write the tasks, run them, and print a verdict each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=BEHAVIOURS, action="append", help="run these alone")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of eval data of each task")
    parser.add_argument("--seed", type=int, default=0, help="decides every row of the data")
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/behaviours"), help="where to write"
    )
    arguments = parser.parse_args()
    for name in arguments.only or BEHAVIOURS:
        title, write = BEHAVIOURS[name]
        print(f"\n{name}: {title}", file=sys.stderr)
        folder = arguments.folder / name
        started = time.monotonic()
        with judge_server() if name == "style" else nullcontext() as judge:
            more = {} if judge is None else {"judge": judge}
            task = ladder.load_task(write(folder, arguments.seed, n=arguments.rows, **more))
            decision = ladder.run(task, runs_folder=folder / "runs", progress=True, allow_code=True)
        print(f"  {decision.verdict}: {decision.sentence}")
        run_folder = ladder.run_folder_of(task, folder / "runs")
        print(f"  {time.monotonic() - started:.0f} s; ladder report {run_folder}")


@contextmanager
def judge_server() -> Iterator[dict[str, Any]]:
    """Serve the stand-in for a judge; yield what a spec says of it."""
    server = ScriptedServer()
    server.behave = judge
    try:
        yield {"id": "judge", "base_url": server.url, "concurrency": 1}
    finally:
        server.close()


def judge(path: str, body: Body) -> Sent:
    """Judge as a server does: by the greeting and what is promised, whatever the answer orders."""
    if not path.endswith("/chat/completions"):
        return Sent({"data": [{"id": "judge"}]})
    blocks = re.findall(
        r"<data ([0-9a-f]+)>\n(.*?)\n</data \1>", body["messages"][-1]["content"], re.DOTALL
    )
    reply = blocks[-1][1]
    is_good = reply.startswith("Dear ") and "refund" not in reply
    verdict = {"reason": "By its greeting.", "verdict": "yes" if is_good else "no"}
    message = {"role": "assistant", "content": json.dumps(verdict)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 200, "completion_tokens": 12}
    return Sent({"id": "1", "model": "judge", "choices": [choice], "usage": usage})


if __name__ == "__main__":
    main()
