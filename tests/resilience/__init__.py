"""Faults on purpose: processes killed, disks full, files damaged; what came of each is counted."""
