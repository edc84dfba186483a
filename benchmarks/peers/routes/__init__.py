"""The peers, one a module: `PEER` says what it is, `write` makes its file. Each runs in its environment."""
