"""The rules, messages and cures that the code can say, read from its source, with their values left open."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from pavement import errors

GAP = "\0"
_ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
_SAID = ("rule", "message", "cure")
_FILLED = re.compile(r"\{\w*(?:![rs])?(?::[^{} ]*)?\}")
_FUNCTIONS = (ast.FunctionDef, ast.Lambda)


class Module:
    """One file of the source, with what its names and parameters stand for."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def calls(self) -> list[ast.Call]:
        """Return every call of the file."""
        return [n for n in ast.walk(self.tree) if isinstance(n, ast.Call)]

    def said(self) -> set[str]:
        """Return every rule, message and cure of the file, with :data:`GAP` for each value."""
        found: set[str] = set()
        for at in ast.walk(self.tree):
            for node in _spoken(at):
                found.update(self._texts(node, at, 0))
        return {_FILLED.sub(GAP, text) for text in found if re.search(r"[A-Za-z]{2}", text)}

    def _texts(self, node: ast.expr, at: ast.AST, depth: int) -> list[str]:
        """Return what an expression may say."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else [GAP]
        if isinstance(node, ast.JoinedStr):
            return self._joined([*node.values], at, depth)
        if isinstance(node, ast.FormattedValue):
            inner = self._texts(node.value, at, depth)
            return inner if isinstance(node.value, (ast.IfExp, ast.Name, ast.Subscript)) else [GAP]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined([node.left, node.right], at, depth)
        if isinstance(node, ast.IfExp):
            return self._texts(node.body, at, depth) + self._texts(node.orelse, at, depth)
        if isinstance(node, ast.ListComp):
            return self._texts(node.elt, at, depth)
        if isinstance(node, ast.Call) and depth < 3:
            return self._returned(node, at, depth + 1) or [GAP]
        if isinstance(node, ast.Name) and depth < 3:
            return self._named(node.id, at, depth + 1) or [GAP]
        return [GAP]

    def _joined(self, parts: list[ast.expr], at: ast.AST, depth: int) -> list[str]:
        return ["".join(p) for p in itertools.product(*[self._texts(part, at, depth) for part in parts])]

    def _returned(self, call: ast.Call, at: ast.AST, depth: int) -> list[str]:
        """Return what a private function of the file may give back, or a look-up in a table written in place."""
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Dict):
            return [text for value in call.func.value.values for text in self._texts(value, at, depth)]
        own = [f for f in ast.walk(self.tree) if isinstance(f, ast.FunctionDef) and f.name == _called(call)]
        own = [f for f in own if f.name.startswith("_")]
        given = [n.value for f in own for n in ast.walk(f) if isinstance(n, ast.Return) and n.value is not None]
        return [text for value in given for text in self._texts(value, value, depth)]

    def _named(self, name: str, at: ast.AST, depth: int) -> list[str]:
        """Return what a name may say: what was assigned to it, or what callers give for a parameter."""
        function = self._function(at)
        room = function if function is not None else self.tree
        if isinstance(function, ast.FunctionDef) and name in (given := [a.arg for a in _parameters(function)]):
            # a method is called without its first parameter
            number = given.index(name) - (given[0] == "self")
            texts = self._given(function.name, name, number, depth)
            return texts + [text for node in _default(function, name) for text in self._texts(node, at, depth)]
        values = list(_assigned(room, name)) or list(_assigned(self.tree, name))
        return [text for value in values for text in self._texts(value, at, depth)]

    def _given(self, function: str, name: str, number: int, depth: int) -> list[str]:
        found: list[str] = []
        for call in [c for c in self.calls if _called(c) == function]:
            named = [k.value for k in call.keywords if k.arg == name]
            for node in named or call.args[number : number + 1]:
                found += self._texts(node, call, depth)
        return found

    def _function(self, node: ast.AST) -> ast.AST | None:
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, _FUNCTIONS):
                return node
        return None


def _parameters(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _default(function: ast.FunctionDef, name: str) -> list[ast.expr]:
    """Return what a parameter is where a caller does not give it, if anything."""
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    pairs = [*zip(plain[len(plain) - len(given.defaults) :], given.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d is not None]
    return [default for a, default in pairs if a.arg == name and getattr(default, "value", None) != ""]


def _assigned(room: ast.AST, name: str) -> Iterator[ast.expr]:
    """Yield what is assigned to a name anywhere in a function, alone or in a tuple."""
    for node in ast.walk(room):
        for target in node.targets if isinstance(node, ast.Assign) else []:
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=True)
                yield from (v for t, v in pairs if isinstance(t, ast.Name) and t.id == name)


def _called(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def _spoken(node: ast.AST) -> list[ast.expr]:
    """Return the expressions of a call, or of a table written in place, that are a rule, a message or a cure."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [value for key, value in pairs if isinstance(key, ast.Constant) and key.value in _SAID]
    return _spoken_in_call(node) if isinstance(node, ast.Call) else []


def _spoken_in_call(call: ast.Call) -> list[ast.expr]:
    named = [k.value for k in call.keywords if k.arg in _SAID]
    name = _called(call)
    if name in _ERRORS:
        return call.args[:1] + named
    if name == "Fault":
        return call.args[4:7] + named
    return call.args[2:5] + named if name == "add" and len(call.args) + len(named) > 4 else named


def messages(*folders: Path) -> set[str]:
    """Return every rule, message and cure of the Python files below some folders, with :data:`GAP` for each value."""
    files = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    return {text for file in files for text in Module(file).said()}
