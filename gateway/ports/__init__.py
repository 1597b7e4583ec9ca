"""The ports of a machine and what is plugged into it, as kernel and udev show them; no port is opened here.

What the gateway and its doctor both know of USB modems stands here once. ``sysfs`` reads, ``roles`` and ``kinds`` know,
``troubles`` explains.
"""
