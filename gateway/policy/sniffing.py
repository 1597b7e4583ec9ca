"""What a file is, by its octets alone: neither its name nor its sender's word decides (native-v1 §8). Pure."""

import re
from collections.abc import Mapping

UNKNOWN = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"
HEAD = 4_096  # octets that are looked at

_MAGIC: tuple[tuple[int, bytes, str], ...] = (  # (offset, octets there, type)
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),  # after RIFF and a size
    (8, b"WAVE", "audio/wav"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"#!AMR\n", "audio/amr"),
    (0, b"#!AMR-WB\n", "audio/amr-wb"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"MThd", "audio/midi"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
)
_RIFF = frozenset({"image/webp", "audio/wav"})
_BRANDS: Mapping[bytes, str] = {  # of an ISO base media file (ISO 14496-12 §4.3)
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp",
    b"3gp6": "video/3gpp",
    b"3g2a": "video/3gpp2",
}
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"BEGIN:VCARD\r?\n", re.IGNORECASE), "text/vcard; charset=utf-8"),
    (re.compile(r"BEGIN:VCALENDAR\r?\n", re.IGNORECASE), "text/calendar; charset=utf-8"),
)
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ENDINGS: Mapping[str, str] = {
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/amr-wb": ".awb",
    "audio/mp4": ".m4a",
    "audio/midi": ".mid",
    "video/quicktime": ".mov",
    "video/3gpp": ".3gp",
    "video/3gpp2": ".3g2",
    "application/gzip": ".gz",
    "text/plain": ".txt",
    "text/vcard": ".vcf",
    "text/calendar": ".ics",
    UNKNOWN: ".bin",
}


def sniff(octets: bytes) -> str:
    """The media type of a file, with its charset where it is text; ``UNKNOWN`` for what this table has not.

    HTML and SVG are text: what a browser would run is never told as such.
    """
    if octets[4:8] == b"ftyp":
        return _BRANDS.get(octets[8:12], "video/mp4")
    for offset, magic, media_type in _MAGIC:
        if octets.startswith(magic, offset) and (media_type not in _RIFF or octets.startswith(b"RIFF")):
            return media_type
    return _text(octets)


def ending(media_type: str) -> str:
    """What the name of such a file ends in, with its dot."""
    plain = media_type.partition(";")[0]
    return _ENDINGS.get(plain) or "." + plain.partition("/")[2]


def clean_name(name: str, media_type: str) -> str:
    """A file's name as it may be told back: no path, no control or direction characters, at most 128 characters.

    One that says nothing becomes ``file`` with the type's ending.
    """
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(char for char in last if char.isprintable() and char not in '"<>|:*?').strip(" .")
    return printable[-128:].strip(" .") or "file" + ending(media_type)


def _text(octets: bytes) -> str:
    try:
        head = octets[:HEAD].decode("utf-8")
    except UnicodeDecodeError as error:
        if len(octets) <= HEAD or error.start < HEAD - 3:  # else the cut went through a character
            return UNKNOWN
        head = octets[: error.start].decode("utf-8")
    if not head or _NO_TEXT.search(head):
        return UNKNOWN
    text = head.removeprefix("\ufeff")
    return next((media_type for pattern, media_type in _TEXTS if pattern.match(text)), TEXT)
