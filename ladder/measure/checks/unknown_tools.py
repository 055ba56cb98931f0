"""`unknown_tools`: calls of tools that the rows do not offer, by the name that the model made up."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.measure.measurement import Scored
from ladder.measure.read_answer import asked
from ladder.scoring import Metric
from ladder.scoring.calls.read_calls import read_calls
from ladder.scoring.calls.tool_defaults import names_of
from ladder.scoring.tool_calls import ToolCalls
from ladder.text import listed


def unknown_tools(
    rows: Sequence[Scored], samples: Sequence[Sample], metric: Metric
) -> Iterator[Finding]:
    """Yield Q13 where the baseline's answers call tools that stand in no schema of their row."""
    if not isinstance(metric, ToolCalls):
        return
    found: Counter[str] = Counter()
    first: dict[str, str] = {}
    for row, sample in zip(rows, samples, strict=True):
        offered = names_of(asked(sample).tools)
        for call in read_calls(row.text).calls if offered else ():
            if call.name not in offered:
                found[call.name] += 1
                first.setdefault(call.name, row.sample_id)
    if not found:
        return
    names = [f"{name} ({count}, first in {first[name]})" for name, count in found.most_common()]
    yield Finding(
        code="Q13 tool-not-offered",
        severity="warning",
        problem=f"{sum(found.values())} calls are of tools that their rows do not offer; they "
        "count as wrong.",
        evidence=listed(names),
        next_step="Look at one with `ladder show`: a tool of that name may be missing in the "
        "row's tools, or the prompt may name others.",
    )
