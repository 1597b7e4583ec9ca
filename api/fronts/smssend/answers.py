"""Answers in the format and casing that were asked for (contract servicestack-smssend §2, §8)."""

from collections.abc import Mapping, Sequence
from html import escape

from aiohttp import web

from api.formats import Tree
from api.formats.csvtext import write_csv
from api.formats.jsontext import write_json, write_lines
from api.formats.jsv import write_jsv
from api.formats.tree import scalar
from api.formats.xmltext import write_xml
from api.fronts.smssend.dialect import CONTENT_TYPES, NAME, Format, Voice

NAMESPACE = "http://schemas.datacontract.org/2004/07/Eros.Subtle.Dvaravartman.Common.Model"
RESPONSE = "CommResponse"
NAMESPACES = {RESPONSE: NAMESPACE, "SMSSend": f"{NAMESPACE}.ServiceModel"}
TYPES_NAMESPACE = "http://schemas.servicestack.net/types"
ITEMS = {"Errors": "ResponseError", "To": "SMSContact"}
"""What the elements of a list are called in XML."""

_VERBATIM = "Meta"
"""A dictionary's keys are data: no casing is laid on them."""

PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def answer(name: str, value: Tree, voice: Voice, *, status: int = 200) -> web.Response:
    """An answer whose value is a DTO of that name, or a list of such."""
    headers = {"Content-Type": CONTENT_TYPES[voice.format]}
    match voice.format:
        case Format.CSV:
            headers["Content-Disposition"] = f"attachment;filename={NAME}.csv"
        case Format.HTML:
            headers |= PAGE_HEADERS
    return web.Response(status=status, body=write(name, value, voice).encode("utf-8", "replace"), headers=headers)


def write(name: str, value: Tree, voice: Voice) -> str:
    """The text of such an answer."""
    told = _cased(value) if voice.camel else value
    match voice.format:
        case Format.JSON:
            return write_json(told)
        case Format.JSONL:
            return write_lines(told)
        case Format.JSV:
            return write_jsv(told)
        case Format.CSV:
            return write_csv(told)
        case Format.XML:
            ordered = _alphabetic(told) if name == RESPONSE else told
            return write_xml(name, NAMESPACES.get(name, TYPES_NAMESPACE), ordered, ITEMS)
        case Format.HTML:
            return page(name, table(told))


def _alphabetic(value: Tree) -> Tree:
    """As .NET's XML serializer orders members."""
    if isinstance(value, Mapping):
        return dict(sorted(value.items()))
    return (
        [_alphabetic(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else value
    )


def _cased(value: Tree) -> Tree:
    if isinstance(value, Mapping):
        return {
            name[:1].lower() + name[1:]: member if name == _VERBATIM else _cased(member)
            for name, member in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_cased(item) for item in value]
    return value


def table(value: Tree) -> str:
    """A tree for a person to look at, everything escaped."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        rows = (f"<tr><th>{escape(name)}</th><td>{table(member)}</td></tr>" for name, member in value.items())
        return f"<table>{''.join(rows)}</table>"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(table(item) for item in value)
    return escape(scalar(value) if not isinstance(value, str) else value)


def page(title: str, body: str) -> str:
    """A page with neither scripts nor anything from outside. body: HTML."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>'
        "body{font:16px sans-serif;margin:2em;max-width:60em}th{text-align:left;vertical-align:top;padding-right:1em}"
        "pre{background:#eee;padding:1em;overflow:auto}td,th{padding-bottom:.3em}"
        f"</style></head><body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )
