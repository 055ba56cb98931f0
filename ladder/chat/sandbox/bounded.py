"""Which prompt templates are simple enough to render here, and which need the child process.

A template of text, columns, plain filters and loops that do not nest takes time in proportion to
its data. Anything else (nested loops, arithmetic, calls, macros, filters that pad) may not end.
"""

from typing import Any

from jinja2 import nodes


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILTERS = _words(
    """capitalize count d default escape e first float int join last length list lower map max min
    rejectattr reverse round selectattr sort string title tojson trim truncate unique upper
    items"""
)
_LARGEST = 1000  # as an argument: some filters pad or indent by it
_METHODS = _words(
    """capitalize endswith get isdigit items keys lower lstrip removeprefix removesuffix rstrip
    split splitlines startswith strip title upper values"""
)
_PLAIN = (
    nodes.Add,
    nodes.And,
    nodes.Compare,
    nodes.Concat,
    nodes.CondExpr,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.Keyword,
    nodes.List,
    nodes.Name,
    nodes.Neg,
    nodes.Not,
    nodes.Operand,
    nodes.Or,
    nodes.Output,
    nodes.Slice,
    nodes.Sub,
    nodes.TemplateData,
    nodes.Tuple,
)


def is_bounded(tree: nodes.Template) -> bool:
    """Return whether a template's work is sure to be small for small data.

    >>> from jinja2 import Environment
    >>> parse = Environment().parse
    >>> is_bounded(parse("{% for o in options %}- {{ o | trim }}{% endfor %}"))
    True
    >>> is_bounded(parse("{% for a in input %}{% for b in input %}x{% endfor %}{% endfor %}"))
    False
    """
    return all(_is_plain(node, in_loop=False) for node in tree.body)


def _is_plain(node: nodes.Node, *, in_loop: bool) -> bool:
    if isinstance(node, nodes.For):
        if in_loop or node.recursive:
            return False
        in_loop = True
    elif not _is_known(node):
        return False
    return all(_is_plain(child, in_loop=in_loop) for child in node.iter_child_nodes())


def _is_known(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Filter):
        is_map = node.name == "map" and bool(node.args)  # by its first argument it is any filter
        return node.name in _FILTERS and not is_map and _has_plain_arguments(node)
    if isinstance(node, nodes.Call):
        named = isinstance(node.node, nodes.Getattr) and node.node.attr in _METHODS
        return named and _has_plain_arguments(node)
    if isinstance(node, nodes.Test):
        return not node.dyn_args and not node.dyn_kwargs
    return isinstance(node, _PLAIN)


def _has_plain_arguments(node: nodes.Filter | nodes.Call) -> bool:
    """Return whether all arguments are texts and small numbers, written out."""
    values = [*node.args, *(pair.value for pair in node.kwargs)]
    if node.dyn_args or node.dyn_kwargs:
        return False
    return all(isinstance(each, nodes.Const) and _is_small(each.value) for each in values)


def _is_small(value: Any) -> bool:  # noqa: ANN401 - whatever a template can write
    return not isinstance(value, (int, float)) or abs(value) <= _LARGEST
