"""A bank of odd modems on pseudo-terminals, written from what real ones were seen to do and from nothing else.

It shares no line with ``modem``: neither grammar nor codec, so that a fault there cannot cancel itself out here.
``octets`` builds and reads PDUs, ``manner`` names the ways in which modems differ, ``families`` fills them in for six
families, ``engine`` is a modem in memory, ``port`` puts it behind a pseudo-terminal in a thread of its own.
"""
