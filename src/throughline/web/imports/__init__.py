"""Pages of imports: upload, columns, values, trial, progress, result with what was refused, and taking back."""
