"""Tables and metadata, as the API server answers who asks for them."""
