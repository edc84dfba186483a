"""The float network as the peers' own frameworks know networks."""
