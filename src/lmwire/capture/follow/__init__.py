"""Following what goes on in a capture: connections, DNS look-ups, the local link, the machines."""
