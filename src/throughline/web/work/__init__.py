"""My work: the steps of procedures that wait for somebody, and doing them."""
