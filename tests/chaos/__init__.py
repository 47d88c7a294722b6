"""Kill -9 at random, and hold that every case ends as if nothing had happened (``make chaos``)."""
