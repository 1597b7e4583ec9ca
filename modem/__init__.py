"""A library that drives one GSM/LTE modem with AT commands; it knows nothing of queues or HTTP.

The map, from the pure core outwards:

- ``errors``      the one tree of everything that can go wrong
- ``charset``     GSM 7-bit (all national tables) and UCS-2
- ``pdu``         SMS TPDUs of TS 23.040: octets to frozen values and back; segmentation of a text into parts
- ``at``          the AT grammar: framing, result codes, commands, and the session that keeps them in step
- ``profiles``    what differs between makes of modem, as data
- ``transport``   a tty or a socket:// address as asyncio streams
- ``events``      what a modem says unasked
- ``driver``      ``Modem``: probe, bring up, send, receive, acknowledge
- ``simulator``   modems and a network in software, behind real pseudo-terminals

Nothing is imported here, so that the codec never drags in the serial port.
"""
