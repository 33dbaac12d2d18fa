"""Mock lmgrd and vendor daemons, healthy or with the failure of a scenario."""
