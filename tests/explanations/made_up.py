"""Dialogs in the words of applications, from support notes and public reports, and what must be said about each."""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = ["DIALOGS", "Dialog"]


class Dialog(msgspec.Struct, frozen=True):
    """What an application shows, and what it must come to.

    Attributes:
        text: what it shows.
        codes: the codes that are explained, in order; empty when it has none.
        network: whether the network is suspect.
        first: the first verdict named; empty when it does not matter.
        says: what the explanation must contain.
        never: what it must not contain.
    """

    text: str
    codes: tuple[str, ...]
    network: str
    first: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


_NONE: Final = "no FlexNet error code"

DIALOGS: Final = {
    # shapes that people have posted
    "ansys pool": Dialog(
        "ANSYS LICENSE MANAGER ERROR:Request name cfd_solve_level2 does not exist in the licensing pool.\n"
        "Cannot connect to license server system.\n"
        " The license server manager (lmgrd) has not been started yet,\n"
        " the wrong port@host or license file is being used, or the\n"
        " port or hostname in the license file has been changed.\n"
        "Feature:       cfd_solve_level2\nServer name:   10.100.2.76\n"
        "License path:  1055@watdnwillia2.win.ansys.com;\nFlexNet Licensing error:-15,10032",
        ("-15,10032",),
        "yes",
    ),
    "ansys 578": Dialog(
        "Request name ansys does not exist in the licensing pool.\nCannot connect to license server system.\n"
        "Feature: ansys  License path: 1055@srv;\nFlexNet Licensing error:-15,578.  System Error: 10060",
        ("-15,578:10060",),
        "yes",
        says=("WSAETIMEDOUT",),
    ),
    "include list": Dialog(
        "User/host not on INCLUDE list for feature.\nFeature: start\nLicense path: 6000@dt-license1.aka.example.com;\n"
        "FlexNet Licensing error:-39, 147",
        ("-39,147",),
        "no",
    ),
    "matlab 96": Dialog(
        "License checkout failed.\nLicense Manager Error -96\nUnable to connect to the license server. \n"
        "Make sure that the client machine can communicate with the hostname listed in the SERVER line of the\n"
        "license file, and that the port listed in the SERVER line is not blocked by a firewall.\nFeature: MATLAB \n"
        "License path: 27000@knut.localdomain:/home/matlab/.matlab/R2020a\nLicensing error: -96,7. System Error: 2",
        ("-96,7:2",),
        "yes",
        "name-unresolvable",
    ),
    "intel commas": Dialog(
        "Error: A license for Comp-CL is not available now (-15,570,115).\n\n"
        "A connection to the license server could not be made.  You should\nmake sure that your license daemon process "
        "is running: both an\nlmgrd process and an INTEL process should be running",
        ("-15,570:115",),
        "yes",
        says=("EINPROGRESS",),
    ),
    "solidworks newer": Dialog(
        "Couldn't get a licence for SOLIDWORKS Standart.\n"
        'The "client" version of FLEXlm is more recent than that of the server.\n(-83,147,0)',
        ("-83,147",),
        "no",
    ),
    "german": Dialog(
        "Es kann keine Verbindung zum Lizenzserver hergestellt werden. FLEXlm-Fehler \u221296", ("-96",), "yes"
    ),
    "lmstat 96": Dialog(
        'lmgrd is not running: License server machine is down or not responding. (-96,7:2 "No such file or directory")',
        ("-96,7:2",),
        "yes",
    ),
    "solidworks refused": Dialog(
        "Could not obtain a license for SolidWorks. Cannot connect to license server. (-15,10,10061)",
        ("-15,10:10061",),
        "yes",
        "vendor-refused",
        ("WSAECONNREFUSED",),
        ("forbade",),
    ),
    "host id interface": Dialog(
        "Invalid host.\nThe hostid of this system does not match the hostid specified in the license file.\n"
        'FLEXnet Licensing error:-9,57.  System Error: 19 "No such device"',
        ("-9,57:19",),
        "no",
        says=("ENODEV", "network interface"),
        never=("does not know the system error",),
    ),
    "ffmpeg": Dialog("Error code -5 returned by ffmpeg while opening out.mp4", (), "maybe", says=(_NONE,)),
    "rsync": Dialog("rsync: read error (-1,0) after 27000 bytes", (), "maybe", says=(_NONE,)),
    "clock": Dialog("System clock has been set back.", ("-88",), "no"),
    "bad key": Dialog("Invalid (inconsistent) license key or signature.", ("-8",), "no"),
    "no comma": Dialog(
        "ANSYS LICENSE MANAGER ERROR: Request name ansys does not exist in the licensing pool.\n"
        "System clock has been set back.  FlexNet Licensing error:-88309",
        ("-88,309",),
        "no",
    ),
    "nx": Dialog(
        "NX License Error:  The license server has not been \nstarted yet, or UGS_LICENSE_SERVER is set to the \n"
        "wrong port@host. [ -15 ]",
        ("-15",),
        "yes",
    ),
    # made up
    "windows forbids": Dialog(
        "Abaqus Error: Cannot connect to license server system. FlexNet Licensing error:-15,10.  System Error: 10013 "
        '"WinSock: Permission denied"',
        ("-15,10:10013",),
        "yes",
        "vendor-denied",
        ("WSAEACCES",),
        ("refused connection",),
    ),
    "windows host not found": Dialog(
        'FlexNet Licensing error:-96,7.  System Error: 11001 "WinSock: Host not found (HOST_NOT_FOUND)"',
        ("-96,7:11001",),
        "yes",
        "name-unresolvable",
        ("WSAHOST_NOT_FOUND",),
    ),
    "windows without the third number": Dialog(
        "Cannot connect to license server system. FlexNet Licensing error:-15,10",
        ("-15,10",),
        "yes",
        never=("forbade",),
    ),
    "linux refused": Dialog(
        'FLEXnet Licensing error:-15,570.  System Error: 111 "Connection refused"',
        ("-15,570:111",),
        "yes",
        "vendor-refused",
        ("ECONNREFUSED",),
    ),
    "only parentheses, three numbers": Dialog(
        "(-15,10,10013)", ("-15,10:10013",), "yes", "vendor-denied", ("WSAEACCES",)
    ),
    "timed out, another minor": Dialog(
        "FlexNet Licensing error:-15,578. System Error: 10060",
        ("-15,578:10060",),
        "yes",
        "vendor-filtered",
        ("WSAETIMEDOUT",),
    ),
    "no route, Windows' own minor": Dialog(
        "FlexNet Licensing error:-15,10:113", ("-15,10:113",), "yes", "vendor-unreachable", ("EHOSTUNREACH",)
    ),
    "no route": Dialog(
        "lmutil lmstat: Cannot connect to license server system. (-15,570:113)",
        ("-15,570:113",),
        "yes",
        "vendor-unreachable",
        ("EHOSTUNREACH",),
    ),
    "no server lines": Dialog("No SERVER lines in license file.", ("-13",), "no"),
    "no server lines, code": Dialog(
        "No SERVER lines in license file.\nLicense Path: C:\\FlexLM\\license.dat\nFlexNet Licensing error:-13,66",
        ("-13,66",),
        "no",
    ),
    "this_host": Dialog("Network connect to THIS_HOST failed.", ("-95",), "yes"),
    "rockwell clock": Dialog(
        "FactoryTalk Activation\nSystem clock has been set back.\nFLEXnet Licensing error:-88,309.  System Error: 2",
        ("-88,309:2",),
        "no",
    ),
    "french": Dialog("Erreur de licence FLEXnet : -15,570", ("-15,570",), "yes"),
    "spanish": Dialog("Error del administrador de licencias -97 (FlexNet)", ("-97",), "no"),
    "japanese": Dialog("\u30e9\u30a4\u30bb\u30f3\u30b9 \u30a8\u30e9\u30fc -96,491 (FlexNet)", ("-96,491",), "yes"),
    "italian": Dialog("Impossibile ottenere la licenza. Errore FLEXlm: -5,414", ("-5,414",), "no"),
    "kernel": Dialog("kernel: usb 1-1: device descriptor read/64, error -110", (), "maybe", says=(_NONE,)),
    "pip": Dialog("ERROR: process exited with code -9, 57 files removed", (), "maybe", says=(_NONE,)),
    "mysql": Dialog("ERROR 2003 (HY000): Can't connect to server (-111,0)", (), "maybe", says=(_NONE,)),
    "temperature": Dialog("Sensor 4 status -15, 22 of 30 samples", (), "maybe", says=(_NONE,)),
    "log usr tmp": Dialog(
        "12:00:00 (lmgrd) Can't make directory /usr/tmp/.flexlm, errno: 2(No such file or directory)",
        (),
        "no",
        says=("/usr/tmp", "1777"),
    ),
    "log server name": Dialog(
        '"Lunar": Not a valid server hostname, exiting.', (), "no", says=("Lunar", "SERVER line")
    ),
    "log second copy": Dialog(
        '(lmgrd) MULTIPLE "snpslmd" license server systems running.', (), "no", says=("second copy of snpslmd",)
    ),
    "options of lmgrd": Dialog("Start the license server: lmgrd -2 -p -c license.dat -l error.log", (), "maybe"),
    "a port": Dialog("27000", (), "maybe", says=("port",), never=("-27000",)),
    "another port": Dialog("1055", (), "maybe", says=("port",), never=("-1055",)),
    "misspelt verdict": Dialog("vendor-filterd", (), "maybe", says=("vendor-filtered", "Did you mean")),
    "misspelt verdict, blanks": Dialog("lmgrd refused", (), "maybe", says=("lmgrd-refused",)),
    "seats": Dialog(
        "Licensed number of users already reached.\nFeature: MATLAB\nLicensing error: -4,132.", ("-4,132",), "no"
    ),
}
"""Name → dialog."""
