"""Measure how many planted copies of eval rows are found, and how fast.

python -m benchmarks.leaks [--plants N]    plants of each kind, and the speed
python -m benchmarks.leaks --judge N       N pairs that are found without any plant, to be read
"""

import argparse
import csv
import hashlib
import json
import random
import resource
import string
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.table import write_table
from ladder.data import Passage, Sample
from ladder.data.leakage import Leak, Leaks, find_leaks, find_prompt_leaks

JUDGED = Path(__file__).with_name("leaks_judged.json")
"""By digest of a pair: 1 where a reader calls both the same question, 0 where not."""

SEED = 20261125
NEAR_SHARE = 0.7
"""Share of the drawn pairs that are nearly the same; the others hold the same words."""

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "datasets"
PLANTS = 50
LONG_ENOUGH = 8
ASKED = {"formal": 0.99, "one word": 0.9}
ASKED_SECONDS, ASKED_GIB = 20.0, 1.0
N_PASSAGES, N_SAMPLES = 100_000, 1_000

Draw = random.Random
Change = Callable[[str, Draw, Sequence[str]], str]

_GREETINGS = (
    ("Hi, ", " Thanks!"),
    ("Hello there! ", ""),
    ("", " Thank you very much."),
    ("Good morning, ", " Best regards"),
    ("Dear team,\n\n", "\n\nMany thanks in advance"),
    ("Quick question: ", " Please help."),
)


def case(text: str, draw: Draw, _: Sequence[str]) -> str:
    """Return the text in other case."""
    return draw.choice((text.upper(), text.title(), text.swapcase()))


def white_space(text: str, draw: Draw, _: Sequence[str]) -> str:
    """Return the text with other blanks, also around it, and one of them lost."""
    blanks = ("  ", "\t", "\n", "\u00a0", " \u2009")
    words = text.split()
    glued = draw.randrange(1, len(words)) if len(words) > 1 else 0
    gaps = ["" if at == glued else draw.choice(blanks) for at in range(len(words))]
    return "".join(gap + word for gap, word in zip(gaps, words, strict=True)) + "\n"


def punctuation(text: str, draw: Draw, _: Sequence[str]) -> str:
    """Return the text without punctuation, or with more of it."""
    bare = text.translate(str.maketrans("", "", string.punctuation))
    more = text.rstrip("?.! ").replace(" ", ", ", 1) + draw.choice(("!!!", "...", " ?!", ""))
    return draw.choice((bare, f"\u201c{more}\u201d"))


def order(text: str, draw: Draw, _: Sequence[str]) -> str:
    """Return the words in another order: its halves exchanged, or all of them shuffled."""
    words = text.split()
    half = len(words) // 2
    if draw.random() < 0.5:
        return " ".join(words[half:] + words[:half])
    draw.shuffle(words)
    return " ".join(words)


def zero_width(text: str, draw: Draw, _: Sequence[str]) -> str:
    """Return the text with characters that have no width."""
    marks = ("\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff")
    return "".join(each + draw.choice(marks) * (draw.random() < 0.3) for each in text)


def greeting(text: str, draw: Draw, _: Sequence[str]) -> str:
    """Return the text between words of courtesy."""
    before, after = draw.choice(_GREETINGS)
    return f"{before}{text}{after}" if before or after else f"Hi. {text}"


def word_replaced(text: str, draw: Draw, vocabulary: Sequence[str]) -> str:
    """Return the text with one word replaced by one of other rows."""
    words = text.split()
    at = draw.randrange(len(words))
    words[at] = draw.choice([word for word in draw.sample(vocabulary, 3) if word != words[at]])
    return " ".join(words)


def word_dropped(text: str, draw: Draw, _: Sequence[str]) -> str:
    """Return the text without one of its words."""
    words = text.split()
    del words[draw.randrange(len(words))]
    return " ".join(words)


def typo(text: str, draw: Draw, _: Sequence[str]) -> str:
    """Return the text with a slip in one of its longer words."""
    words = text.split()
    long = [at for at, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    at = draw.choice(long or [0])
    word, place = words[at], draw.randrange(max(1, len(words[at]) - 1))
    slips = (
        word[:place] + word[place + 1 :],
        word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :],
        word[:place] + draw.choice(string.ascii_lowercase) + word[place + 1 :],
        word[:place] + word[place : place + 1] * 2 + word[place + 1 :],
    )
    words[at] = draw.choice(slips)
    return " ".join(words)


KINDS: Mapping[Change, str] = {
    case: "formal",
    white_space: "formal",
    punctuation: "formal",
    order: "formal",
    zero_width: "formal",
    greeting: "formal",
    word_replaced: "one word",
    word_dropped: "one word",
    typo: "one word",
}


def main(n: int) -> int:
    """Write the tables; return 1 where a figure falls short."""
    rows, is_short = [], False
    for name, (samples, pool, passages) in datasets().items():
        found = {
            place: recalls(samples, others, place, n)
            for place, others in (("pool", pool), ("corpus", passages), ("prompt", ()))
        }
        for kind, group in KINDS.items():
            shares = {place: each[kind.__name__] for place, each in found.items()}
            is_short |= min(shares.values()) < ASKED[group]
            rows.append(
                {
                    "data": name,
                    "planted": kind.__name__.replace("_", " "),
                    **shares,
                    "asked": f"≥ {ASKED[group]:.2f}",
                }
            )
    print(
        write_table(
            "Planted copies of eval rows",
            rows,
            f"python -m benchmarks.leaks --plants {n}",
            note=f"Share of {n} planted copies of each kind that are found among the rows of a pool "
            "(of training data alike, which is searched in the same way), in passages of a corpus, and in one prompt that holds them all "
            "with their answers. One word is replaced, dropped or misspelt in inputs of at least "
            f"{LONG_ENOUGH} words; order is changed in inputs of at least six.",
        )
    )
    seconds, gib, pairs = speed()
    is_short |= seconds > ASKED_SECONDS or gib > ASKED_GIB
    print(
        write_table(
            "Search for eval rows in a large corpus",
            [
                {
                    "passages": N_PASSAGES,
                    "samples": N_SAMPLES,
                    "CPU seconds": seconds,
                    "GiB at most": gib,
                    "found": pairs,
                    "asked": f"< {ASKED_SECONDS:.0f} s, < {ASKED_GIB:.0f} GiB",
                }
            ],
            f"python -m benchmarks.leaks --plants {n}",
            note="Passages of 100 words, made of runs of ten words of XQuAD's passages; the samples are "
            "XQuAD's questions of six words and more, each of which is planted once, in capitals.",
        )
    )
    return int(is_short)


def recalls(
    samples: Sequence[Sample], others: Sequence[Sample] | Sequence[Passage], place: str, n: int
) -> dict[str, float]:
    """Return the share of the plants of each kind that are found in a place."""
    draw = Draw(f"{place} {len(samples)}")
    vocabulary = sorted({word for sample in samples for word in sample.input.split()})
    planted: dict[str, list[tuple[Sample, str]]] = defaultdict(list)
    for kind, group in KINDS.items():
        fewest = LONG_ENOUGH if group == "one word" else 6 if kind is order else 1
        fit = [each for each in samples if len(each.input.split()) >= fewest]
        for sample in draw.sample(fit, n):
            planted[kind.__name__].append((sample, kind(sample.input, draw, vocabulary)))
    leaks = _search(samples, others, planted, place)
    known = {(leak.sample.id, leak.item.id) for leak in leaks.pairs}
    return {
        kind: sum(
            (sample.id, _name(place, kind, at)) in known for at, (sample, _) in enumerate(plants)
        )
        / n
        for kind, plants in planted.items()
    }


def _search(
    samples: Sequence[Sample],
    others: Sequence[Sample] | Sequence[Passage],
    planted: Mapping[str, Sequence[tuple[Sample, str]]],
    place: str,
) -> Leaks:
    plants = [
        (_name(place, kind, at), sample, text)
        for kind, pairs in planted.items()
        for at, (sample, text) in enumerate(pairs)
    ]
    if place == "pool":
        rows = [Sample(name, text, sample.targets) for name, sample, text in plants]
        return find_leaks(samples, [*others, *rows])
    if place == "corpus":
        return find_leaks(
            samples,
            [
                *others,
                *(
                    Passage(name, f"Seen in May.\n{text}\n{sample.targets[0]}")
                    for name, sample, text in plants
                ),
            ],
        )
    lines = "\n\n".join(f"Q: {text}\nA: {sample.targets[0]}" for _, sample, text in plants)
    return find_prompt_leaks(
        samples, [Passage("prompt", f"Answer like this.\n\n{lines}\n\nQ: {{{{ input }}}}")]
    )


def _name(place: str, kind: str, at: int) -> str:
    return "prompt" if place == "prompt" else f"{kind} {at}"


def datasets() -> dict[str, tuple[list[Sample], list[Sample], list[Passage]]]:
    """Return for each data set its eval rows, other rows, and passages."""
    xquad = json.loads((SHARED / "xquad" / "xquad.en.json").read_text("utf-8"))["data"]
    parts = [part for entry in xquad for part in entry["paragraphs"]]
    questions = [
        Sample(each["id"], each["question"], (each["answers"][0]["text"],))
        for part in parts
        for each in part["qas"]
    ]
    passages = [Passage(f"p{at}", part["context"]) for at, part in enumerate(parts)]
    half = len(questions) // 2
    bank, bank_pool = (_csv("banking77", name) for name in ("test", "train"))
    maths, maths_pool = (_jsonl("gsm8k", name) for name in ("test", "train"))
    return {
        "XQuAD": (questions[:half], questions[half:], passages),
        "banking77": (bank, bank_pool, passages),
        "gsm8k": (maths, maths_pool, passages),
    }


def _csv(folder: str, name: str) -> list[Sample]:
    with (SHARED / folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return [
            Sample(f"{name}{at}", row["text"], (row["category"],))
            for at, row in enumerate(csv.DictReader(stream))
        ]


def _jsonl(folder: str, name: str) -> list[Sample]:
    lines = (SHARED / folder / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Sample(f"{name}{at}", row["question"], (row["answer"].split("#### ")[-1],))
        for at, row in enumerate(rows)
    ]


def speed() -> tuple[float, float, int]:
    """Return CPU seconds and memory of a search in a large corpus, and how many samples it found."""
    draw = Draw(0)
    questions, others, contexts = datasets()["XQuAD"]
    long = [each for each in (*questions, *others) if len(each.input.split()) >= 6]
    samples = long[:N_SAMPLES]
    words = " ".join(each.text for each in contexts).split()
    texts = [
        " ".join(word for _ in range(10) for word in _run(words, draw, 10))
        for _ in range(N_PASSAGES)
    ]
    for at, sample in enumerate(samples):
        place = at * N_PASSAGES // N_SAMPLES
        texts[place] = f"{texts[place]} {sample.input.upper()}"
    passages = [Passage(str(at), text) for at, text in enumerate(texts)]
    start = time.process_time()
    leaks = find_leaks(samples, passages)
    seconds = time.process_time() - start
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return seconds, gib, len({leak.sample.id for leak in leaks.pairs})


def _run(words: Sequence[str], draw: Draw, length: int) -> list[str]:
    start = draw.randrange(len(words) - length)
    return list(words[start : start + length])


def judge(n: int) -> int:
    """Print pairs found among the data's own rows, write how many were judged right."""
    pairs = own_pairs()
    verdicts: dict[str, int] = json.loads(JUDGED.read_text("utf-8"))
    n_near = round(NEAR_SHARE * n)
    groups = {
        "nearly the same (D12)": (n_near, [each for each in pairs if each.kind == "near"]),
        "the same words (D11)": (n - n_near, [each for each in pairs if each.kind != "near"]),
    }
    rows, unread = [], 0
    for name, (wanted, group) in groups.items():
        drawn = Draw(SEED).sample(group, min(wanted, len(group)))
        told = [verdicts.get(digest(each)) for each in drawn]
        for leak, verdict in zip(drawn, told, strict=True):
            print(f"{digest(leak)} {'?' if verdict is None else verdict} {leak.kind}")
            print(f"    {leak.sample.input}\n    {_input_of(leak)}")
        unread += told.count(None)
        rows.append(_judged(name, group, drawn, verdicts))
    if unread:
        print(f"{unread} pairs are not judged yet: write 0 or 1 for each into {JUDGED.name}.")
        return 1
    write_table(
        "Pairs found among the data's own rows, read one by one",
        rows,
        f"python -m benchmarks.leaks --judge {n}",
        note="Without any plant: banking77 and gsm8k, test against train, the halves of XQuAD, and "
        "NQ-open's three files. Right: a reader calls both the same question, one word of wording "
        f"changed at most. Drawn with seed {SEED}; the verdicts stand by digest in "
        f"benchmarks/{JUDGED.name}.",
    )
    return 0


def _judged(
    name: str, group: Sequence[Leak], drawn: Sequence[Leak], verdicts: Mapping[str, int]
) -> dict[str, object]:
    right = sum(verdicts.get(digest(each), 0) for each in drawn)
    of_all = [verdicts[digest(each)] for each in group if digest(each) in verdicts]
    return {
        "pairs": name,
        "found": len(group),
        "drawn": len(drawn),
        "right": right,
        "precision": right / max(1, len(drawn)),
        "right of all that were read": f"{sum(of_all)} of {len(of_all)}",
        "asked": "≥ 0.95 over both",
    }


def own_pairs() -> list[Leak]:
    """Return the leaks among the rows of the data sets, without plants, in a fixed order."""
    sides = [(samples, pool) for samples, pool, _ in datasets().values()]
    parts = ("dev", "efficientqa.dev.1.1", "efficientqa.test.1.1")
    dev, *others = (_nq_open(part) for part in parts)
    sides += [(dev, others[0]), (dev, others[1]), (others[0], others[1])]
    pairs = [leak for samples, pool in sides for leak in find_leaks(samples, pool).pairs]
    return sorted(pairs, key=digest)


def digest(leak: Leak) -> str:
    """Return a name of a pair that tells nothing of its texts."""
    both = f"{leak.sample.input}\n{_input_of(leak)}"
    return hashlib.sha256(both.encode()).hexdigest()[:12]


def _input_of(leak: Leak) -> str:
    return leak.item.text if isinstance(leak.item, Passage) else leak.item.input


def _nq_open(part: str) -> list[Sample]:
    lines = (SHARED / "nq_open" / f"NQ-open.{part}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Sample(f"{part}{at}", row["question"], tuple(row["answer"])) for at, row in enumerate(rows)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How well leaks are found.")
    parser.add_argument("--plants", type=int, default=PLANTS, help="plants of each kind")
    parser.add_argument("--judge", type=int, default=0, help="pairs to draw, without plants")
    chosen = parser.parse_args()
    sys.exit(judge(chosen.judge) if chosen.judge else main(chosen.plants))
