"""What the scripts run, once their flags are parsed."""
