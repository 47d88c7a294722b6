"""
Charts that are views of what is there: record types as classes, pipelines as states, roles and procedures as use cases,
a procedure's data flow, one case as a sequence. Each is made when it is asked for, under the rights of who asks.
"""
