"""What `tools/prove.py` is made of: one module a kind of violence, one world for all of them."""
