"""Many license servers at a time: each diagnosed for itself, once or again and again."""
