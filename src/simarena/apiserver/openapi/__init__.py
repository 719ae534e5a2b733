"""What is served, as OpenAPI documents: paths, and schemas of objects with their descriptions."""
