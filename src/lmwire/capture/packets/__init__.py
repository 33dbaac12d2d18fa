"""One packet, or one direction of a TCP connection: from bytes to what is in them."""
