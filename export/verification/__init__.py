"""fastscnn-export --verify: a delivered folder against its manifest, and its files against their networks."""
