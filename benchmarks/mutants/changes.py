"""Every small change to the domain that a test should notice: those that mutmut makes, and four of our own."""

from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path

import libcst as cst
from attrs import field, frozen
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

PACKAGE, MUTATED = "promptvm_oauth", "domain"
UNTOUCHED = (cst.Annotation, cst.Import, cst.ImportFrom)
NO_BEHAVIOUR = frozenset({"__all__", "TYPE_CHECKING"})
FATAL = frozenset({"isinstance", "len"})  # another argument is an error at once, whatever the tests say


@frozen
class Mutant:
    """One change; a test that runs none of the `rows` cannot notice it, and the `diff` is without indentation."""

    module: str
    path: str
    function: str
    line: int
    rows: range
    diff: str
    source: str = field(repr=False, eq=False)


def own_operators(node: cst.CSTNode) -> Iterable[tuple[cst.CSTNode, cst.CSTNode]]:
    """Leaves out a call made for its effect, leaves out a `raise`, returns None, and negates a plain condition."""
    match node:
        case cst.Raise() | cst.Expr(value=cst.Call() | cst.Await()):
            yield node, cst.Pass()
        case cst.Return(value=cst.BaseExpression() as value) if not value.deep_equals(cst.Name("None")):
            yield node, node.with_changes(value=cst.Name("None"))
        case cst.If(test=test) | cst.While(test=test) if not isinstance(test, cst.Comparison | cst.BooleanOperation):
            inner = test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
            yield test, cst.UnaryOperation(cst.Not(), inner)
        case _:
            pass


def assigned(node: cst.CSTNode) -> list[str]:
    """Gives the plain names that a statement assigns to."""
    parts = node.body if isinstance(node, cst.SimpleStatementLine) else [node]
    targets: list[cst.BaseExpression] = [
        target.target for part in parts if isinstance(part, cst.Assign) for target in part.targets
    ]
    targets += [part.target for part in parts if isinstance(part, cst.AnnAssign)]
    targets += [element.value for target in targets if isinstance(target, cst.Tuple) for element in target.elements]
    return [target.value for target in targets if isinstance(target, cst.Name)]


class Finder(cst.CSTVisitor):
    """Walks one module and collects its mutants."""

    def __init__(self, module: str, path: Path) -> None:
        super().__init__()
        wrapper = MetadataWrapper(cst.parse_module(path.read_bytes()))
        self.module, self.path, self.tree = module, path, wrapper.module
        self.spans, self.places = wrapper.resolve(ByteSpanPositionProvider), wrapper.resolve(PositionProvider)
        self.within: list[cst.CSTNode] = []  # the statements around, classes and functions among them
        self.source = self.tree.bytes
        self.found: dict[str, Mutant] = {}
        self.alike: Counter[tuple[str, str]] = Counter()
        self.tree.visit(self)

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, UNTOUCHED) or NO_BEHAVIOUR & {*assigned(node)}:
            return False
        if isinstance(node, cst.If) and isinstance(node.test, cst.Name) and node.test.value in NO_BEHAVIOUR:
            return False
        if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            self.within.append(node)
        if not (isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in FATAL):
            for kind, operator in mutation_operators:
                for changed in operator(node) if isinstance(node, kind) else ():
                    self.add(node, changed)
            for part, changed in own_operators(node):
                self.add(part, changed)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if self.within and self.within[-1] is original_node:
            self.within.pop()

    def add(self, node: cst.CSTNode, changed: cst.CSTNode) -> None:
        if self.text(node, node) != self.source.decode():
            raise AssertionError(f"{self.path}: this cannot be put back as it was: {self.tree.code_for_node(node)}")
        text, statement, here = self.text(node, changed), self.within[-1], self.places[node]
        start, end = self.places[statement].start.line, self.places[statement].end.line
        rows = range(start, (here.end.line if isinstance(statement, cst.BaseCompoundStatement) else end) + 1)
        around = [outer for outer in self.within if isinstance(outer, cst.FunctionDef | cst.ClassDef)]
        function = [outer.name.value for outer in around]
        function += [] if around and isinstance(around[-1], cst.FunctionDef) else assigned(statement)
        old, new = self.source.decode().splitlines(), text.splitlines()
        for _ in range(2):  # what is alike at the start goes, and then, both being turned round, at the end
            alike = len([*takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))])
            old, new = old[alike:][::-1], new[alike:][::-1]
        diff = "\n".join([f"- {line.strip()}" for line in old] + [f"+ {line.strip()}" for line in new])
        name = ".".join(function)
        if text not in self.found:
            self.alike[name, diff] += 1
            name += f" ({self.alike[name, diff]})" if self.alike[name, diff] > 1 else ""
            self.found[text] = Mutant(self.module, str(self.path), name, here.start.line, rows, diff, text)

    def text(self, node: cst.CSTNode, changed: cst.CSTNode) -> str:
        """Gives the module's text with one node put for another."""
        if getattr(node, "lpar", ()):  # the span of a node is what stands between its parentheses
            changed = changed.with_changes(lpar=(), rpar=())
        start, end = self.spans[node].start, self.spans[node].start + self.spans[node].length
        start += self.source[start:end].startswith(b" ")
        indent = "\n" + " " * self.places[self.within[-1]].start.column
        new = self.tree.code_for_node(changed).strip().replace("\n", indent)
        return self.source[:start].decode() + new + self.source[end:].decode()


def every_mutant() -> list[Mutant]:
    """Finds every mutant, without importing the package."""
    spec = find_spec(PACKAGE)
    top = Path(spec.origin or "").parent if spec else Path()
    found: list[Mutant] = []
    for path in sorted((top / MUTATED).rglob("*.py")):
        module = ".".join([PACKAGE, *path.relative_to(top).with_suffix("").parts]).removesuffix(".__init__")
        found += Finder(module, path.resolve()).found.values()
    return found
