"""Pages of drawings that come from other tools, of pictures to trace, and of charts that are taken along."""
