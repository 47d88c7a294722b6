"""Pages of the library: packs on the shelf, what they need, installing, pulling, removing."""
