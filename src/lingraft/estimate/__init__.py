"""What a run will cost before it starts: downloads, and GPU-hours from operations. No network."""
