"""Modems and a network in software, behind real pseudo-terminals.

From the inside outwards: ``dialogue`` (V.250 command lines), ``card`` and ``storage`` (what a SIM holds), ``manners``
(how vendors answer), ``equipment`` (what a modem knows and does), ``commands`` (one function per AT command),
``modem`` (octets in, octets out), ``faults`` (what goes wrong on demand), ``network`` (the service centre), ``ledger``
(what really happened), ``pty``, ``bank`` (all of it in one asyncio program) and ``control`` (its socket).

It shares the PDU codec with the driver, never its parser: a parser tested against itself proves nothing.
"""
