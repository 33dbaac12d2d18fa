"""From what an application shows to what it means: error codes, messages, verdicts, names. Pure."""
