"""The only code that touches files, devices and the clock."""
