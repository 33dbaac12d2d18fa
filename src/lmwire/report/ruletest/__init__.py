"""What a test of a rule set came to, for people and for programs. Renderers show, and never judge."""
