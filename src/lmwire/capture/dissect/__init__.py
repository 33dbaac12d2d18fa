"""FlexNet for tools that show packets: the scapy layer and the Wireshark dissector, from the wire definitions."""
