"""The conversation: parse, one call of `civic`, reply. One module per journey, one explicit list of routers."""
