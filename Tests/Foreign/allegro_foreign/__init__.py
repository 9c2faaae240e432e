"""A client of the protocol that shares no code with the sidecar it is used against."""
