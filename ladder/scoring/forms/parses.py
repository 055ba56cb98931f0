"""`Parses`: whether an answer is code of a language, by that language's own grammar."""

import ast
import tomllib
from collections.abc import Callable, Mapping
from typing import ClassVar
from xml.parsers import expat

from ladder.errors import MetricError
from ladder.scoring.forms.form_metric import FormMetric
from ladder.scoring.json_values import NOT_JSON, json_value, json_values_in
from ladder.scoring.plain_text import inside_fence, without_tokens
from ladder.scoring.read import MOST_CHARACTERS, Reading
from ladder.scoring.reading_chain import fenced_parts
from ladder.spec.metric_parts import Syntax
from ladder.spec.task import MetricSpec


class Parses(FormMetric):
    """1 when the whole answer, in a code fence or not, parses as `metric.syntax`.

    What parses and is no code does not count: one word or a text in quotes as Python, a sentence as
    YAML, a name as SQL. Nothing is executed. Leniently, code in any fence of the answer counts.
    """

    name = "parses"
    takes: ClassVar[tuple[str, ...]] = ("syntax", "dialect")

    def __init__(self, spec: MetricSpec, read: Reading) -> None:
        super().__init__(spec, read)
        if spec.syntax is None:
            raise MetricError(
                "metric parses needs a syntax.",
                next_step="Write metric: {name: parses, syntax: python}; it knows "
                f"{', '.join(_PARSERS)} and sql.",
            )
        if spec.dialect is not None and spec.syntax != "sql":
            raise MetricError(
                f"metric parses knows dialect for sql alone, and syntax is {spec.syntax}.",
                next_step="Leave metric.dialect out.",
            )
        self._parse = _sql_parser(spec.dialect) if spec.syntax == "sql" else _PARSERS[spec.syntax]

    def has_form(self, answer: str) -> bool:
        """Return whether the whole answer is code."""
        text = without_tokens(answer).strip()
        return self._is_code(text) or self._is_code(inside_fence(text))

    def has_form_within(self, answer: str) -> bool:
        """Return whether a code fence of the answer holds code; for JSON, whether any stands in it."""
        if any(map(self._is_code, fenced_parts(answer))):
            return True
        return self.spec.syntax == "json" and bool(json_values_in(answer))

    def _is_code(self, text: str) -> bool:
        if not text.strip() or len(text) > MOST_CHARACTERS:
            return False
        try:
            return self._parse(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError, OverflowError):
            return False


def is_python(text: str) -> bool:
    """Return whether a text is Python that does something; raise SyntaxError where it is none.

    >>> is_python("x = 1"), is_python("f(2)"), is_python("Sure"), is_python("# nothing")
    (True, True, False, False)
    """
    statements = ast.parse(text).body
    return any(not _is_bare(each) for each in statements)


def is_yaml(text: str) -> bool:
    r"""Return whether a text is a mapping or a list in YAML: any sentence is a text in it.

    >>> is_yaml("a: 1\nb: [2]"), is_yaml("Here you are"), is_yaml("Sure: here you are:\n- x: y")
    (True, False, False)
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        documents = list(YAML(typ="safe", pure=True).load_all(text))
    except (YAMLError, NotImplementedError):
        return False
    return bool(documents) and all(isinstance(each, dict | list) for each in documents)


def is_toml(text: str) -> bool:
    """Return whether a text is TOML that holds something; raise ValueError where it is none.

    >>> is_toml("a = 1"), is_toml("# nothing")
    (True, False)
    """
    return bool(tomllib.loads(text))


def is_xml(text: str) -> bool:
    """Return whether a text is one well-formed XML element, without entities of its own.

    >>> is_xml("<a><b/></a>"), is_xml("<a>"), is_xml("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    (True, False, False)
    """
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(text, True)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, ValueError):
        return False
    return True


def is_json(text: str) -> bool:
    """Return whether a text is one JSON value.

    >>> is_json('{"a": 1}'), is_json("{'a': 1}")
    (True, False)
    """
    return json_value(text) is not NOT_JSON


_PARSERS: Mapping[Syntax, Callable[[str], bool]] = {
    "json": is_json,
    "python": is_python,
    "yaml": is_yaml,
    "toml": is_toml,
    "xml": is_xml,
}


def _sql_parser(dialect: str | None) -> Callable[[str], bool]:
    """Return what tells whether a text is one or more statements of SQL."""
    try:
        import sqlglot
        from sqlglot import exp
        from sqlglot.errors import SqlglotError
    except ImportError:
        raise MetricError(
            "metric parses needs the package sqlglot for sql.",
            next_step='pip install "finetune-ladder[metrics]"',
        ) from None
    try:
        sqlglot.Dialect.get_or_raise(dialect)
    except ValueError:
        known = ", ".join(sorted(each.value for each in sqlglot.Dialects if each.value))
        raise MetricError(
            f"metric.dialect {dialect!r} is none that sqlglot knows.",
            next_step=f"It knows: {known}.",
        ) from None
    statements = (exp.Query, exp.DML, exp.DDL, exp.Drop, exp.Alter, exp.Merge, exp.TruncateTable)

    def is_sql(text: str) -> bool:
        try:
            found = [each for each in sqlglot.parse(text, dialect=dialect) if each is not None]
        except SqlglotError:
            return False
        return bool(found) and all(isinstance(each, statements) for each in found)

    return is_sql


def _is_bare(statement: ast.stmt) -> bool:
    """Return whether a statement only names something: prose of one word parses as a name."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name | ast.Constant)


def _refuse_entity(*_: object) -> None:
    raise ValueError("an entity of its own")
