"""`load_metric`: the Metric that a spec names."""

import json

from ladder.errors import MetricError, UnsafeError
from ladder.scoring.called_function import PREFIX as FUNCTION
from ladder.scoring.labels.check_labels import check_labels
from ladder.scoring.metric import Metric
from ladder.scoring.metric_names import metric_to_write
from ladder.scoring.metrics import METRICS
from ladder.scoring.overlap.similarity import EncoderLoader, Similarity
from ladder.scoring.read import PatternReading, Reading, read_last_number, read_whole
from ladder.scoring.reading_chain import ReadingChain
from ladder.spec.metric_parts import ReadingWord
from ladder.spec.metric_spec import MetricSpec

_YAML_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


def load_metric(
    spec: MetricSpec, *, allow_code: bool = False, load_encoder: EncoderLoader | None = None
) -> Metric:
    """Return the built-in metric, or the user's own `module:function` where code is allowed.

    Raises:
        MetricError: The name is unknown, or reading, pattern and labels do not fit it.
        UnsafeError: The metric is code, and `allow_code` is not set.
    """
    read = _reading(spec)
    if ":" in spec.name:
        # Whoever gave a function of this process has run its code already.
        if not allow_code and not spec.name.startswith(FUNCTION):
            raise UnsafeError(
                f"metric {spec.name!r} is code, which ladder executes only when told to.",
                next_step="Read that code, then add --allow-code (allow_code=True in Python).",
            )
        from ladder.scoring.code_metric import CodeMetric, load_code

        _check_fields(spec, CodeMetric.readings, takes=("seconds",))
        return load_code(spec, read)
    if spec.name == "judge":
        from ladder.scoring.judge.judge_metric import JudgeMetric, load_judge

        _check_fields(spec, JudgeMetric.readings, takes=JudgeMetric.takes)
        return load_judge(spec, read)
    if spec.name == "macro_f1":
        raise _no_macro_f1(spec)
    if spec.name == "similarity":
        return _similarity(spec, read, load_encoder)
    metric = METRICS.get(spec.name)
    if metric is None:
        known = (*METRICS, "judge", "similarity")
        raise MetricError(
            f"metric {spec.name!r} is not known.", next_step=metric_to_write(spec.name, known)
        )
    _check_fields(spec, metric.readings, takes=metric.takes)
    if (spec.name == "choice") != bool(spec.labels):
        raise MetricError(
            "metric.labels and the metric choice go together.",
            next_step="Write metric: {name: choice, labels: [first, second]}.",
        )
    check_labels(spec)
    return metric(spec, read)


_FOR_ALL = frozenset(
    ("name", "reading", "pattern", "steps", "thoughts", "labels", "case", "synonyms", "at_least")
)
"""Fields that every metric knows, or that are checked by themselves."""


def _similarity(spec: MetricSpec, read: Reading, load_encoder: EncoderLoader | None) -> Similarity:
    """Return the metric that compares by an encoder, where whoever asks can load one."""
    _check_fields(spec, Similarity.readings, takes=Similarity.takes)
    if load_encoder is None:
        raise MetricError(
            "metric similarity needs something that loads its encoder.",
            next_step="Give load_metric a load_encoder, such as ladder.retrieval.load_encoder.",
        )
    return Similarity(spec, read, load_encoder(spec.encoder))


def _check_fields(
    spec: MetricSpec, readings: tuple[ReadingWord, ...], *, takes: tuple[str, ...]
) -> None:
    if spec.reading not in readings:
        raise MetricError(
            f"metric {spec.name} does not know reading: {_written(spec.reading)}.",
            next_step=f"It knows reading: {', '.join(map(_written, readings))}.",
        )
    if spec.case == "keep" and spec.name not in ("exact_match", "contains"):
        raise MetricError(
            f"metric {spec.name} does not know case: keep.",
            next_step="Leave metric.case out, or use exact_match or contains.",
        )
    if spec.at_least and spec.name != "choice":
        raise MetricError(
            f"metric {spec.name} does not know at_least: only choice has classes.",
            next_step="Leave metric.at_least out, or write "
            "metric: {name: choice, labels: [first, second], at_least: {first: 0.9}}.",
        )
    given = spec.model_fields_set - _FOR_ALL - set(takes)
    unknown = [name for name in MetricSpec.model_fields if name in given and _is_set(spec, name)]
    if unknown:
        knows = ", ".join(map(_key, takes)) or "no fields of its own"
        raise MetricError(
            f"metric {spec.name} does not know {_key(unknown[0])}.",
            next_step=f"Leave metric.{_key(unknown[0])} out; {spec.name} knows {knows}.",
        )


def _is_set(spec: MetricSpec, name: str) -> bool:
    default = MetricSpec.model_fields[name].get_default(call_default_factory=True)
    return bool(getattr(spec, name) != default)


def _key(field: str) -> str:
    """Return a field as the spec writes it."""
    return "schema" if field == "json_schema" else field


def _written(reading: str) -> str:
    """Return a reading as the spec writes it: steps are a list."""
    return "[steps]" if reading == "steps" else reading


def _reading(spec: MetricSpec) -> Reading:
    if (spec.reading == "steps") != bool(spec.steps):
        raise MetricError(
            "metric.steps and reading: steps go together.",
            next_step="Write the list as metric.reading: [unfence, last_line].",
        )
    if spec.steps:
        return ReadingChain(spec.steps)
    wants_whole = METRICS[spec.name].takes if spec.name in METRICS else ()
    if "pattern" in wants_whole:
        return read_whole
    if (spec.reading == "pattern") != (spec.pattern is not None):
        raise MetricError(
            "metric.pattern and reading: pattern go together.",
            next_step="Write metric: {name: exact_match, reading: pattern, pattern: '…'}.",
        )
    if spec.pattern is not None:
        return PatternReading(spec.pattern)
    return read_last_number if spec.reading == "last_number" else read_whole


def _no_macro_f1(spec: MetricSpec) -> MetricError:
    """Return that macro-F1 is no mean of samples, with what to write in its place."""
    labels = ", ".join(map(_quoted, spec.labels)) or "first, second"
    labels = f"[{labels}]"
    if spec.synonyms:
        words = {each: ", ".join(map(_quoted, spec.synonyms.get(each, ()))) for each in spec.labels}
        pairs = ", ".join(f"{_quoted(each)}: [{some}]" for each, some in words.items())
        labels = f"{{{pairs}}}"
    shares = ", ".join(f"{_quoted(each)}: 0.8" for each in spec.labels) or "first: 0.8, second: 0.8"
    return MetricError(
        "metric macro_f1 is no mean over samples, so no test here shows that it reaches a target, "
        "or that it does not.",
        next_step=f"Write metric: {{name: choice, labels: {labels}, at_least: {{{shares}}}}}, with "
        "what each class needs. The report shows macro-F1 of the same answers.",
    )


def _quoted(text: str) -> str:
    """Return a text as it can stand in a flow of YAML.

    >>> _quoted("refund"), _quoted("yes, it is")
    ('refund', '"yes, it is"')
    """
    is_plain = text.replace("_", "").replace(" ", "").isalnum() and text.strip() == text
    is_word = is_plain and not text.isdigit() and text.casefold() not in _YAML_WORDS
    return text if is_word else json.dumps(text, ensure_ascii=False)
