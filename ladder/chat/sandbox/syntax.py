"""What a template's own text says, without rendering it: names, tags and calls."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, meta, nodes

Found = dict[type[nodes.Node], list[Any]]
_LONGEST_WORD = 80
_KEYS_AFTER = frozenset({"message", "msg", "m", "turn"})


def read_syntax(environment: Environment, template: str) -> dict[str, Any]:
    """Return the facts that the rules ask of a template's syntax tree, as JSON values.

    Filters and tests that do not exist show only when it is compiled.

    Raises:
        jinja2.TemplateSyntaxError: The template cannot be parsed.
    """
    tree = environment.parse(template)
    found = _by_kind(tree)
    called = [call.node for call in found[nodes.Call]]
    stored = {name.name for name in found[nodes.Name] if name.ctx in {"store", "param"}}
    return {
        "undeclared": sorted(meta.find_undeclared_variables(tree)),
        "assigned": sorted(stored | {macro.name for macro in found[nodes.Macro]}),
        "guarded": sorted(_guarded_names(found)),
        "keys": sorted(set(_message_keys(found))),
        "calls": sorted({node.name for node in called if isinstance(node, nodes.Name)}),
        "methods": sorted({node.attr for node in called if isinstance(node, nodes.Getattr)}),
        "tojson_options": any(
            node.name == "tojson" and (node.args or node.kwargs) for node in found[nodes.Filter]
        ),
        "filters": sorted({node.name for node in found[nodes.Filter]}),
        "tags": sorted(_tags(found)),
        "generation_captured": any(
            _has_generation(_by_kind(block))
            for block in (*found[nodes.AssignBlock], *found[nodes.FilterBlock])
        ),
        "doubled_breaks": sorted(set(_doubled_breaks(found))),
        "compared": _compared_words(found),
        "date_formats": sorted(set(_date_formats(found))),
        "lines": {name.name: name.lineno for name in reversed(found[nodes.Name])},
    }


def _by_kind(tree: nodes.Node) -> Found:
    """Return all nodes below one by their kind; one walk, where `find_all` takes one a kind."""
    found: Found = defaultdict(list)
    waiting = list(tree.iter_child_nodes())
    while waiting:
        node = waiting.pop()
        found[type(node)].append(node)
        waiting += node.iter_child_nodes()
    for kind in found.values():
        kind.sort(key=lambda node: node.lineno or 0)
    return found


def _tags(found: Found) -> Iterator[str]:
    named: dict[type[nodes.Node], str] = {
        nodes.Break: "break",
        nodes.Continue: "continue",
        nodes.Include: "include",
        nodes.Import: "import",
        nodes.Extends: "extends",
    }
    for kind, tag in named.items():
        if found[kind]:
            yield tag
    if _has_generation(found):
        yield "generation"
    if any(isinstance(piece.step, nodes.Neg) for piece in found[nodes.Slice]):
        yield "[::-1]"


def _has_generation(found: Found) -> bool:
    return any(
        isinstance(block.call.node, nodes.ExtensionAttribute) for block in found[nodes.CallBlock]
    )


def _doubled_breaks(found: Found) -> Iterator[int]:
    """Yield the lines where a written line break is followed by one of the layout."""
    for output in found[nodes.Output]:
        for piece, following in itertools.pairwise(output.nodes):
            layout = following.data if isinstance(following, nodes.TemplateData) else ""
            if layout.isspace() and "\n" in layout and _ends_in_break(piece):
                yield piece.lineno


def _ends_in_break(piece: nodes.Expr) -> bool:
    while isinstance(piece, (nodes.Add, nodes.Concat)):
        piece = piece.right if isinstance(piece, nodes.Add) else piece.nodes[-1]
    return isinstance(piece, nodes.Const) and str(piece.value).endswith("\n")


def _guarded_names(found: Found) -> set[str]:
    """Return the names that some test asks about before use: `x is defined`, `if x`, default."""
    asked = [test.node for test in found[nodes.Test]]
    asked += [
        default.node
        for default in found[nodes.Filter]
        if default.name in {"default", "d"} and default.node is not None
    ]
    asked += [branch.test for branch in (*found[nodes.If], *found[nodes.CondExpr])]
    return {name for part in asked for name in _names_in(part)}


def _compared_words(found: Found) -> dict[str, list[str]]:
    """Return the words that a name is compared with, by the name."""
    words: dict[str, list[str]] = defaultdict(list)
    for compare in found[nodes.Compare]:
        sides = [compare.expr, *(operand.expr for operand in compare.ops)]
        names = [side.name for side in sides if isinstance(side, nodes.Name)]
        constants = [side for side in sides if isinstance(side, nodes.Const)]
        lists = [side for side in sides if isinstance(side, (nodes.List, nodes.Tuple))]
        constants += [
            item for each in lists for item in each.items if isinstance(item, nodes.Const)
        ]
        for name in names:
            words[name] += [each.value for each in constants if _is_short(each.value)]
    return {name: sorted(set(some)) for name, some in words.items() if some}


def _date_formats(found: Found) -> Iterator[str]:
    """Yield the formats in which the template asks for today's date."""
    for call in found[nodes.Call]:
        is_clock = isinstance(call.node, nodes.Name) and call.node.name == "strftime_now"
        form = call.args[0] if is_clock and call.args else None
        if isinstance(form, nodes.Const) and _is_short(form.value):
            yield form.value


def _is_short(value: Any) -> bool:  # noqa: ANN401 - whatever a constant holds
    """Return whether a constant is a word: jinja multiplies out `'x' * 10000000` as it parses."""
    return isinstance(value, str) and len(value) <= _LONGEST_WORD


def _names_in(tree: nodes.Node) -> set[str]:
    found = {name.name for name in tree.find_all(nodes.Name)}
    if isinstance(tree, nodes.Name):
        found.add(tree.name)
    return found


def _message_keys(found: Found) -> Iterator[str]:
    for get in found[nodes.Getattr]:
        if _is_message(get.node):
            yield get.attr
    for item in found[nodes.Getitem]:
        if _is_message(item.node) and isinstance(item.arg, nodes.Const):
            yield str(item.arg.value)


def _is_message(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name in _KEYS_AFTER
