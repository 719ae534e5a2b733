"""Workers on Amazon EC2: launched, listed, stopped and terminated, and never lost sight of.

A fleet is a run id, a place in a bucket that its workers look for work in, and machines that carry
the run id as a tag. What is known of it stands in an inventory file, written before and after each
request, and on the machines themselves.
"""
