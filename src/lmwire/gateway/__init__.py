"""A license through one port: a gateway that follows lmgrd's referral for its clients.

It reads a client's hello, asks lmgrd, goes to the vendor daemon, and copies bytes both ways from then on. It never
checks out, grants or changes a license.
"""
