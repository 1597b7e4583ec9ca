"""XML as .NET's DataContract serializer writes it, read without regard to namespaces and order; no DTD, no entities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from uuid import UUID
from xml.parsers import expat
from xml.sax.saxutils import escape

from api.formats.tree import DEEPEST, NotReadable, Tree, scalar

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
LIST_OF = "ArrayOf"  # what the root of a list of objects is called, before their name
_SEPARATOR = "\n"  # between a namespace and a local name; in no name
_NIL = f"{INSTANCE}{_SEPARATOR}nil"


@dataclass(slots=True)
class _Element:
    """An element that is being read."""

    name: str
    nil: bool = False
    text: list[str] = field(default_factory=list)
    children: list[tuple[str, Tree]] = field(default_factory=list)

    def value(self) -> Tree:
        """nil is absent, a leaf is its text, and children of one name are a list."""
        if self.nil:
            return None
        if self.name.startswith(LIST_OF):
            return [child for _, child in self.children]
        if not self.children:
            return "".join(self.text)
        found: dict[str, list[Tree]] = {}
        for name, child in self.children:
            found.setdefault(name, []).append(child)
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def read_xml(text: str) -> Tree:
    """The root's value; a root ``ArrayOf…`` is the list of its children. Raises NotReadable."""
    document = _Element("")
    open_elements = [document]
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if len(open_elements) > DEEPEST:
            raise NotReadable(f"nested over {DEEPEST} levels deep")
        nil = attributes.get(_NIL, "").strip().lower() in ("true", "1")
        open_elements.append(_Element(name.rpartition(_SEPARATOR)[2], nil))

    def end(_: str) -> None:
        element = open_elements.pop()
        open_elements[-1].children.append((element.name, element.value()))

    def text_of(data: str) -> None:
        open_elements[-1].text.append(data)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text_of
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise NotReadable(f"XML: {error}") from None
    return document.children[0][1]


def _refuse(*_: object) -> NoReturn:
    raise NotReadable("XML: a DTD is not taken")


def write_xml(name: str, namespace: str, value: Tree, items: Mapping[str, str]) -> str:
    """A document with the root name in a namespace; a list has the root ``ArrayOf`` + name.

    items: list member → the name of its elements. Guids are written with dashes.
    """
    root = LIST_OF + name if _is_list(value) else name
    written = _content(value, name, items)
    return f'<{root} xmlns:i="{INSTANCE}" xmlns="{namespace}">{written}</{root}>'


def _content(value: Tree, item: str, items: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "".join(_element(name, member, items) for name, member in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_element(item, member, items) for member in value)
    return escape(_legal(str(value) if isinstance(value, UUID) else scalar(value)), {"\r": "&#13;"})


def _element(name: str, value: Tree, items: Mapping[str, str]) -> str:
    if value is None:
        return f'<{name} i:nil="true" />'
    return f"<{name}>{_content(value, items.get(name, name), items)}</{name}>"


def _is_list(value: Tree) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _legal(text: str) -> str:
    """Characters that XML 1.0 has not (§2.2) are shown as U+FFFD."""
    return "".join(c if (c >= " " and c not in "\ufffe\uffff") or c in "\t\n\r" else "\ufffd" for c in text)
