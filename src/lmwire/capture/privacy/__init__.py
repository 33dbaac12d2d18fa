"""A copy of a capture that names nobody: what stands for names and addresses, where they are, and the check of it.

`lmwire.capture.privacy.anonymize` puts it together.
"""
