"""What a gradient is: the operation, the node, what a rule reads. Read in this order: op, node, residuals."""
