"""fastscnn-export --explain: what is in a file, and what a layer does there."""
