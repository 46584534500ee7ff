"""What reaches the disk: whole files, pictures, checkpoints."""
