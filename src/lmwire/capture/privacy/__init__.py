"""A copy of a capture without real names: the replacements, their places, and the check of the copy.

`lmwire.capture.privacy.anonymize` puts it together.
"""
