"""The benchmark that anyone can run: ``make bench`` prints a table and writes JSON.

The daemon, the simulated modems and the load run as processes of their own, and talk as they do in life: HTTP over
loopback, AT commands over pseudo-terminals, an SQLite file with every safety on.
"""
