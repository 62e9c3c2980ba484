"""Does a bundle fit a municipality: requirement by requirement, dimension by dimension, with reasons."""
