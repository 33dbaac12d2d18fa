"""How long a path remembers a silent connection: connections that grow old, and one byte each.

Connections grow old to a gateway or a mock of lmwire only, never to a license server: the other end has to say first
that it takes part.
"""
