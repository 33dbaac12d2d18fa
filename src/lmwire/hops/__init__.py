"""Find the hop that blocks the vendor daemon's port: send packets with a small TTL to two ports of the server.

`hop_trace` sends them, with `connect_probe` (connects, without root) or `raw_probe` (scapy, as root). `judging` finds
the hop where the two ports differ. `headlines` and `trace_sentences` make the sentences. `model` has the values.
"""
