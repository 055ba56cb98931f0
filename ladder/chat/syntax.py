"""What a template's own text says, without rendering it: names, tags and calls."""

import itertools
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, meta, nodes

_KEYS_AFTER = frozenset({"message", "msg", "m", "turn"})


def read_syntax(environment: Environment, template: str) -> dict[str, Any]:
    """Return the facts that the rules ask of a template's syntax tree, as JSON values.

    Raises:
        jinja2.TemplateSyntaxError: The template does not compile.
    """
    tree = environment.parse(template)
    environment.compile(tree)  # filters and tests that do not exist show only here
    tree = environment.parse(template)
    return {
        "undeclared": sorted(meta.find_undeclared_variables(tree)),
        "assigned": sorted(set(_assigned_names(tree))),
        "guarded": sorted(_guarded_names(tree)),
        "keys": sorted(set(_message_keys(tree))),
        "calls": sorted(set(_called_names(tree))),
        "filters": sorted({node.name for node in tree.find_all(nodes.Filter)}),
        "tags": sorted(_tags(tree)),
        "generation_captured": any(
            _has_generation(block)
            for block in tree.find_all((nodes.AssignBlock, nodes.FilterBlock))
        ),
        "doubled_breaks": sorted(set(_doubled_breaks(tree))),
        "lines": {name.name: name.lineno for name in reversed(list(tree.find_all(nodes.Name)))},
    }


def _assigned_names(tree: nodes.Template) -> Iterator[str]:
    for name in tree.find_all(nodes.Name):
        if name.ctx in {"store", "param"}:
            yield name.name
    for macro in tree.find_all(nodes.Macro):
        yield macro.name


def _called_names(tree: nodes.Template) -> Iterator[str]:
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name):
            yield call.node.name


def _tags(tree: nodes.Template) -> Iterator[str]:
    named: dict[type[nodes.Node], str] = {
        nodes.Break: "break",
        nodes.Continue: "continue",
        nodes.Include: "include",
        nodes.Import: "import",
        nodes.Extends: "extends",
    }
    for kind, tag in named.items():
        if tree.find(kind) is not None:
            yield tag
    if _has_generation(tree):
        yield "generation"
    if any(_is_reverse(piece) for piece in tree.find_all(nodes.Slice)):
        yield "[::-1]"


def _is_reverse(piece: nodes.Slice) -> bool:
    return isinstance(piece.step, nodes.Neg)


def _has_generation(tree: nodes.Node) -> bool:
    return any(
        isinstance(block.call.node, nodes.ExtensionAttribute)
        for block in tree.find_all(nodes.CallBlock)
    )


def _doubled_breaks(tree: nodes.Template) -> Iterator[int]:
    """Yield the lines where a written line break is followed by one of the layout."""
    for output in tree.find_all(nodes.Output):
        for piece, following in itertools.pairwise(output.nodes):
            layout = following.data if isinstance(following, nodes.TemplateData) else ""
            if layout.isspace() and "\n" in layout and _ends_in_break(piece):
                yield piece.lineno


def _ends_in_break(piece: nodes.Expr) -> bool:
    while isinstance(piece, (nodes.Add, nodes.Concat)):
        piece = piece.right if isinstance(piece, nodes.Add) else piece.nodes[-1]
    return isinstance(piece, nodes.Const) and str(piece.value).endswith("\n")


def _guarded_names(tree: nodes.Template) -> set[str]:
    """Return the names that some test asks about before use: `x is defined`, `if x`, default."""
    guarded: set[str] = set()
    for test in tree.find_all(nodes.Test):
        guarded |= _names_in(test.node)
    for default in tree.find_all(nodes.Filter):
        if default.name in {"default", "d"} and default.node is not None:
            guarded |= _names_in(default.node)
    for branch in tree.find_all(nodes.If):
        guarded |= _names_in(branch.test)
    for choice in tree.find_all(nodes.CondExpr):
        guarded |= _names_in(choice.test)
    return guarded


def _names_in(tree: nodes.Node) -> set[str]:
    found = {name.name for name in tree.find_all(nodes.Name)}
    if isinstance(tree, nodes.Name):
        found.add(tree.name)
    return found


def _message_keys(tree: nodes.Template) -> Iterator[str]:
    for get in tree.find_all(nodes.Getattr):
        if _is_message(get.node):
            yield get.attr
    for item in tree.find_all(nodes.Getitem):
        if _is_message(item.node) and isinstance(item.arg, nodes.Const):
            yield str(item.arg.value)


def _is_message(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name in _KEYS_AFTER
