"""C that an application includes, and the usual steps that it is measured against."""
