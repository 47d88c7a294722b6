"""Pages of deals: their lines, people, stages and approvals; pipelines, prices."""
