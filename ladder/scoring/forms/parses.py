"""`Parses`: whether an answer is code of a language, by that language's own grammar."""

import ast
import builtins
import logging
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar
from xml.parsers import expat

from ladder.errors import MetricError
from ladder.installation import install_line
from ladder.scoring.forms.form_metric import StandaloneForm
from ladder.scoring.json_values import NOT_JSON, json_value, json_values_in
from ladder.scoring.plain_text import inside_fence, without_tokens
from ladder.scoring.read import MOST_CHARACTERS, Reading
from ladder.scoring.reading_chain import fenced_parts
from ladder.spec.metric_parts import Syntax
from ladder.spec.metric_spec import MetricSpec

_MOST_WORDS = 2
"""So many words a key of YAML without a value may have, or a text that stands there alone."""

_EXPLAIN = re.compile(r"\s*EXPLAIN(?:\s+(?:QUERY\s+PLAN|ANALYZE))?\s+(?=\w)", re.IGNORECASE)
_DELETE_FROM = re.compile(r"\bDELETE\s+(?:[\w.\"`\[\],\s]+\s)?FROM\b", re.IGNORECASE)
_EMPTY_SELECT = ("postgres", "duckdb")
_RESERVED = frozenset(
    {"GROUP", "ORDER", "WHERE", "HAVING", "LIMIT", "FROM", "SELECT", "JOIN", "ON"}
)
_NAMES_OF_THE_SERVER = frozenset(
    {
        "user",
        "session_user",
        "system_user",
        "current_catalog",
        "current_schema",
        "sysdate",
        "rownum",
    }
)
"""Names that SELECT may have without a table."""


class Parses(StandaloneForm):
    """1 when the whole answer, in a code fence or not, parses as `metric.syntax`.

    What parses and is no code does not count: words that Python reads as names ("Hello, world",
    "Answer: 42"), a sentence as YAML, a name or "Delete it" as SQL. Nothing is executed. Leniently,
    code in any fence of the answer counts.
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
        parts = (text, inside_fence(text), inside_fence(text, with_marks=True))
        return any(map(self._is_code, dict.fromkeys(parts)))

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
    >>> is_python("Hello, world"), is_python("Paris (France)"), is_python("well-known")
    (False, False, False)
    """
    statements = ast.parse(text).body
    if _begins_with_a_word(statements):
        return False
    return any(not _is_bare(each, text) for each in statements)


def is_yaml(text: str) -> bool:
    r"""Return whether a text is a mapping or a list in YAML: any sentence is a text in it.

    >>> is_yaml("a: 1\nb: [2]"), is_yaml("Here you are"), is_yaml("Sure: here you are:\n- x: y")
    (True, False, False)
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML(typ="safe", pure=True)
    reader.Constructor = _any_tag()
    try:
        documents = list(reader.load_all(text))
    except (YAMLError, NotImplementedError, LookupError):  # `!!bool x` is a KeyError of ruamel's
        return False
    return bool(documents) and all(
        isinstance(each, dict | list) and not _is_said(each) for each in documents
    )


@cache
def _any_tag() -> Any:  # noqa: ANN401 - a class of ruamel's
    """Return a reader of YAML that takes tags of any program, such as CloudFormation's `!Ref`."""
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    class AnyTag(SafeConstructor):
        def undefined(self, node: Any) -> Any:  # noqa: ANN401 - any node, any value
            if isinstance(node, MappingNode):
                return self.construct_mapping(node, deep=True)
            if isinstance(node, SequenceNode):
                return self.construct_sequence(node, deep=True)
            return self.construct_scalar(node)

    AnyTag.add_constructor(None, AnyTag.undefined)
    return AnyTag


def _is_said(document: dict[Any, Any] | list[Any]) -> bool:
    """Return whether a mapping is prose with a colon: `Here is the file:`, `Note: I cannot.`."""
    if not isinstance(document, dict):
        return False
    if any(
        value is None and len(str(key).split()) > _MOST_WORDS for key, value in document.items()
    ):
        return True
    only = next(iter(document.values())) if len(document) == 1 else None
    is_sentence = isinstance(only, str) and only.rstrip().endswith((".", "!", "?"))
    return is_sentence and "\n" not in str(only).strip() and len(str(only).split()) > _MOST_WORDS


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
            "metric parses needs the package sqlglot for sql.", next_step=install_line("metrics")
        ) from None
    try:
        sqlglot.Dialect.get_or_raise(dialect)
    except ValueError:
        known = ", ".join(sorted(each.value for each in sqlglot.Dialects if each.value))
        raise MetricError(
            f"metric.dialect {dialect!r} is none that sqlglot knows.",
            next_step=f"It knows: {known}.",
        ) from None
    around = (exp.Transaction, exp.Commit, exp.Rollback, exp.Set, exp.Use)
    statements = (
        exp.Query, exp.DML, exp.DDL, exp.Drop, exp.Alter, exp.Merge, exp.TruncateTable, exp.Values,
        exp.Grant, exp.Pragma,
    )  # fmt: skip

    def is_sql(text: str) -> bool:
        explained = _EXPLAIN.match(text)
        text = text[explained.end() :] if explained else text
        try:
            with _silent_sqlglot():
                found = [each for each in sqlglot.parse(text, dialect=dialect) if each is not None]
        except SqlglotError:
            return False
        made = [each for each in found if isinstance(each, statements)]
        others = [each for each in found if not isinstance(each, (*statements, *around))]
        return (
            bool(made) and not others and not any(_is_prose(each, text, dialect) for each in made)
        )

    return is_sql


def _is_prose(statement: Any, text: str, dialect: str | None) -> bool:  # noqa: ANN401 - a tree of sqlglot's
    """Return whether words that SQL has, too, only look like a statement: `Select all users`."""
    from sqlglot import exp

    if isinstance(statement, exp.Delete):
        return not statement.args.get("where") and not _DELETE_FROM.search(text)
    if isinstance(statement, exp.Insert):
        return statement.expression is None and not statement.args.get("default")
    selects = list(statement.find_all(exp.Select))
    if any(not each.expressions and dialect not in _EMPTY_SELECT for each in selects):
        return True
    if any(
        each.name.upper() in _RESERVED and not each.args.get("quoted")
        for each in _aliases(statement)
    ):
        return True
    outer = statement if isinstance(statement, exp.Select) else None
    if outer is None or outer.args.get("from_") or outer.args.get("from"):
        return False
    columns = [each.unalias() for each in outer.expressions]
    return any(
        isinstance(each, exp.Column) and each.name.lower() not in _NAMES_OF_THE_SERVER
        for each in columns
    )


def _aliases(statement: Any) -> list[Any]:  # noqa: ANN401 - trees of sqlglot's
    from sqlglot import exp

    named = (each.this for each in statement.find_all(exp.TableAlias))
    return [each for each in named if isinstance(each, exp.Identifier)]


@contextmanager
def _silent_sqlglot() -> Iterator[None]:
    """Keep sqlglot from remarks on what a model wrote."""
    logger = logging.getLogger("sqlglot")
    was, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = was


def _begins_with_a_word(statements: Sequence[ast.stmt]) -> bool:
    """Return whether code stands behind a bare word, as in `python` on a line before it."""
    first = statements[0] if len(statements) > 1 else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Name)


def _is_bare(statement: ast.stmt, code: str) -> bool:
    """Return whether a statement only names things: prose of a few words parses as names."""
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None and _only_names(statement.annotation, code)
    return isinstance(statement, ast.Expr) and _only_names(statement.value, code)


def _only_names(node: ast.expr, code: str) -> bool:
    """Return whether an expression is names joined as words of prose are: `Yes and no`, `x-ray`."""
    if isinstance(node, ast.Name | ast.Constant):
        return True
    if isinstance(node, ast.Call | ast.Subscript):
        return _is_apart(node, code)
    if isinstance(node, ast.BinOp):
        is_joined = isinstance(node.op, ast.Sub)
    elif isinstance(node, ast.Compare):
        words = ast.Is | ast.IsNot | ast.In | ast.NotIn
        is_joined = all(isinstance(each, words) for each in node.ops)
    else:
        joins = ast.BoolOp | ast.UnaryOp | ast.Tuple | ast.Attribute | ast.IfExp
        is_joined = isinstance(node, joins)
    parts = (each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr))
    return is_joined and all(_only_names(each, code) for each in parts)


def _is_apart(node: ast.Call | ast.Subscript, code: str) -> bool:
    """Return whether a gap stands before a bracket, as prose has it: `Paris (France)`."""
    named = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(named, ast.Name) or hasattr(builtins, named.id):
        return False
    whole = ast.get_source_segment(code, node) or ""
    return whole[len(named.id) :][:1] == " "


def _refuse_entity(*_: object) -> None:
    raise ValueError("an entity of its own")
