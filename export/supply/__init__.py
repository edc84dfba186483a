"""What lies beside the artifacts of a delivery: what made them, under which licences, and a model card."""
