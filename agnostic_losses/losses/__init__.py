"""One module a family; each imports `ops` and the registry, and no other family."""
