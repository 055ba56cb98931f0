"""The task "queries": a question becomes SQL, and a function of one's own runs it.

Two queries that look different may give the same rows, so no comparison of texts is right. The
function stands in `checks.py` beside the spec, and runs with `--allow-code` alone.
"""

import random
import sqlite3
from pathlib import Path

from examples.tasks import MODEL, levers_of_examples, write_rows, write_spec

COLUMNS = ("customer", "city", "total")
CHECKS = '''"""Right is a query that gives the rows of the wanted one."""

import sqlite3
from pathlib import Path

DATABASE = Path(__file__).with_name("shop.sqlite")


def score(answer, sample):
    query = answer.strip().removeprefix("```sql").strip("`; \\n")
    with sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True) as database:
        wanted = database.execute(sample.targets[0]).fetchall()
        try:
            given = database.execute(query).fetchall()
        except (sqlite3.Error, sqlite3.Warning):
            return 0.0  # the answer is no query: wrong, and known to be
    return float(sorted(map(repr, given)) == sorted(map(repr, wanted)))
'''
_NAMES = ("Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gita", "Hugo")
_CITIES = ("Oslo", "Rome", "Lima", "Kyiv", "Cork", "Lyon", "Bern", "Turin")


def queries(folder: Path, seed: int, *, n: int = 160, model: str = MODEL) -> Path:
    """Write the task into a folder, with its database and its function; return the spec's path.

    Args:
        folder: Where to write.
        seed: Decides every row.
        n: Rows of eval data; ten more are worked examples.
        model: What the spec says of the model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)  # noqa: S311 - data, not secrets
    numbers = dice.sample(range(100, 999), n + 10)
    _write_database(folder / "shop.sqlite", dice, numbers)
    (folder / "checks.py").write_text(CHECKS, encoding="utf-8")
    rows = [_row(dice.choice(COLUMNS), number) for number in numbers]
    write_rows(folder / "eval.jsonl", rows[:n])
    write_rows(folder / "pool.jsonl", rows[n:])
    spec = {
        "name": "queries",
        "model": model,
        "data": {"path": "eval.jsonl", "input": "question", "target": "query"},
        "prompt": "Write SQL for the table orders(number, customer, city, total).\n\n{{ question }}",
        "metric": "checks.py:score",
        "target": 0.7,
        "generation": {"max_new_tokens": 24},
        "levers": levers_of_examples(3, "random"),
        "seed": seed,
    }
    return write_spec(folder, spec)


def _row(column: str, number: int) -> dict[str, str]:
    question = f"What is the {column} of order {number}?"
    query = f"SELECT {column} FROM orders WHERE number = {number}"  # noqa: S608 - our own words
    return {"question": question, "query": query}


def _write_database(path: Path, dice: random.Random, numbers: list[int]) -> None:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE orders (number INTEGER, customer TEXT, city TEXT, total REAL)"
        )
        rows = [
            (number, dice.choice(_NAMES), dice.choice(_CITIES), dice.randint(100, 9999) / 100)
            for number in numbers
        ]
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
