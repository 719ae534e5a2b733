"""The types of Kubernetes' API, as it publishes them, and manifests read by them."""
