"""Run by Debian's python3, which has gammu's binding: one JSON request a line, one JSON answer a line.

{"decode": hexadecimal} gives the fields of a PDU with its SMSC field; {"encode": fields, "layout": "Submit"} gives a
TPDU in hexadecimal, without.
"""

import json
import sys
from datetime import datetime

import gammu


def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(entry) for name, entry in value.items()}
    return value.isoformat() if hasattr(value, "isoformat") else value


def answer(request):
    if "decode" in request:
        return plain(gammu.DecodePDU(bytes.fromhex(request["decode"]), True))
    fields = request["encode"]
    if "DateTime" in fields:
        fields["DateTime"] = datetime.fromisoformat(fields["DateTime"])
    fields["UDH"]["Text"] = bytes.fromhex(fields["UDH"]["Text"])
    return gammu.EncodePDU(fields, request["layout"]).hex()


for line in sys.stdin:
    try:
        print(json.dumps({"ok": answer(json.loads(line))}), flush=True)
    except Exception as error:  # whatever gammu refuses is an answer too
        print(json.dumps({"error": repr(error)}), flush=True)
