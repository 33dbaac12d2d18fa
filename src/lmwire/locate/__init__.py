"""Which hop eats the vendor daemon's port: packets that live for a few hops only, to two ports side by side.

`tracing` sends them (`knocking` by connects, without root; `rawknocking` by scapy, as root), `judging` says from what
came back where the ports part, and `words` how that is told. `model` holds what was seen.
"""
