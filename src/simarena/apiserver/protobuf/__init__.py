"""Objects in the binary form in which kubectl and client-go send them."""
