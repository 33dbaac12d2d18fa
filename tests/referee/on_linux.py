"""The program around a client on Linux: load its libraries, say "call" on stdout, check out feature PTS, say "end".

Runs by its path in a process of its own: `python on_linux.py LIBRARY... CLIENT`.
"""

import ctypes
import sys

for name in sys.argv[1:-1]:
    ctypes.CDLL(name, ctypes.RTLD_GLOBAL)
library = ctypes.CDLL(sys.argv[-1])
environment = ctypes.c_void_p()
if library.MSK_makeenv(ctypes.byref(environment), None):
    sys.exit("MSK_makeenv failed")
sys.stdout.write("call\n")
sys.stdout.flush()
library.MSK_checkoutlicense(environment, 0)
sys.stdout.write("end\n")
