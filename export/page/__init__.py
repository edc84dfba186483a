"""report.html: one page that a person reads in a minute, from what report.json says and what was seen."""
