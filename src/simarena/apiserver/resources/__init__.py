"""What an API serves: resources, their subresources, and how clients find them."""
