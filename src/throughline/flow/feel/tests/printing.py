"""A syntax tree as FEEL text with every grouping written out: what the parser understood."""

from __future__ import annotations

from throughline.flow.feel import nodes
from throughline.flow.values import CALLS, feel_text, key_text


def printed(node: nodes.Node) -> str:
    """The text of the node. Parsing it again gives the same node but for positions."""
    match node:
        case nodes.Literal(value=value):
            return f'@"{value}"' if type(value) in CALLS else feel_text(value)
        case nodes.Name(name=name):
            return name
        case nodes.Path(source=source, member=member):
            return f"{printed(source)}.{member}"
        case nodes.Filter(source=source, condition=condition):
            return f"{printed(source)}[{printed(condition)}]"
        case nodes.Call():
            return printed_call(node)
        case nodes.Negation(operand=operand):
            return f"(- ({printed(operand)}))"  # without parentheses a number would be a negative literal
        case (
            nodes.Arithmetic(operator=operator, left=left, right=right)
            | nodes.Comparison(operator=operator, left=left, right=right)
        ):
            return f"({printed(left)} {operator} {printed(right)})"
        case nodes.Between(value=value, low=low, high=high):
            return f"({printed(value)} between {printed(low)} and {printed(high)})"
        case nodes.In(value=value, tests=tests):
            return f"({printed(value)} in ({', '.join(map(printed, tests))}))"
        case nodes.And(parts=parts):
            return f"({' and '.join(map(printed, parts))})"
        case nodes.Or(parts=parts):
            return f"({' or '.join(map(printed, parts))})"
        case _:
            return printed_construct(node)


def printed_call(node: nodes.Call) -> str:
    arguments = [printed(argument) for argument in node.arguments]
    if node.names is not None:
        arguments = [f"{name}: {argument}" for name, argument in zip(node.names, arguments, strict=True)]
    return f"{printed(node.function)}({', '.join(arguments)})"


def printed_construct(node: nodes.Node) -> str:
    match node:
        case nodes.Test(operator=operator, operand=operand):
            return f"({operator} {printed(operand)})"
        case nodes.Interval(start=start, end=end, start_included=opens, end_included=closes):
            return f"{'[' if opens else '('}{printed(start)}..{printed(end)}{']' if closes else ')'}"
        case nodes.ListOf(items=items):
            return f"[{', '.join(map(printed, items))}]"
        case nodes.ContextOf(entries=entries):
            return "{" + ", ".join(f"{key_text(key)}: {printed(value)}" for key, value in entries) + "}"
        case nodes.If(condition=condition, then=then, otherwise=otherwise):
            return f"(if {printed(condition)} then {printed(then)} else {printed(otherwise)})"
        case nodes.For(iterations=iterations, body=body):
            return f"(for {', '.join(map(printed_iteration, iterations))} return {printed(body)})"
        case nodes.Quantified(every=every, iterations=iterations, condition=condition):
            inner = ", ".join(map(printed_iteration, iterations))
            return f"({'every' if every else 'some'} {inner} satisfies {printed(condition)})"
        case nodes.FunctionOf(parameters=parameters, body=body):
            return f"(function({', '.join(f'{name}: {type_}' for name, type_ in parameters)}) {printed(body)})"
        case nodes.InstanceOf(value=value, type=type_):
            return f"({printed(value)} instance of {type_})"
        case _:
            raise TypeError(f"Expected a node that can be printed, but {type(node).__name__}.")


def printed_iteration(iteration: nodes.Iteration) -> str:
    end = "" if iteration.end is None else f"..{printed(iteration.end)}"
    return f"{iteration.name} in {printed(iteration.source)}{end}"
