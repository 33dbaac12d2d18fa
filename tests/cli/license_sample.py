"""A license file with a fault, before and after its vendor daemon is pinned."""

from __future__ import annotations

SAMPLE = (
    b"# B\xfcro\r\n"
    b"SERVER licsrv.example.com 0123456789ab 27000\r\n"
    b'VENDOR ibmratl "C:\\Program Files\\ibmratl.exe" # daemon\r\n'
    b"INCREMENT ddts ibmratl 1.0 permanent 5 SIGN=00AA\r\n"
    b"INCREMENT ddts ibmratl 1.0 permanent 7 SIGN=00AA\r\n"
)
PINNED = SAMPLE.replace(b'.exe" #', b'.exe" port=27001 #')
