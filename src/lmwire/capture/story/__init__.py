"""From connections to evidence: a client's attempts, the names it used, and how each connection ended."""
