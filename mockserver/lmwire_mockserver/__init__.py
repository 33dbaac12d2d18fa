"""Servers that play lmgrd and the vendor daemons, healthy or failing in every way a scenario asks for."""
