"""The wording of the control plane and the kubelet: names, times, diagnoses, events."""
