"""What tests of every package share. Nothing of the product imports it."""
