"""The sources of real samples, one file each."""
