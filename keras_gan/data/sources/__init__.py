"""Where real samples come from, one file per source."""
