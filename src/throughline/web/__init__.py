"""
Pages: what people see and press in a browser.

A shell like `api` and `cli`: it reaches data through queries, access and operations of the capabilities and keeps none
itself. Views shape what queries return into the small values of `parts`, templates only place them.
"""
