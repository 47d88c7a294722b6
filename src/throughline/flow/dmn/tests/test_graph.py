"""Requirement graphs: what a decision sees, knowledge, services, imports."""

from __future__ import annotations

from decimal import Decimal

import pytest

from throughline.flow import dmn
from throughline.flow.dmn.tests.drawing import data, decide, decision, drawing, feel, item, model_of, table, told
from throughline.flow.values import Value


def knowledge(name: str, body: str, *parameters: str, knows: str = "", result: str = "") -> str:
    formal = "".join(
        f'<formalParameter name="{each.partition(":")[0]}" typeRef="{each.partition(":")[2] or "Any"}"/>'
        for each in parameters
    )
    needs = f'<knowledgeRequirement><requiredKnowledge href="#{knows}"/></knowledgeRequirement>' if knows else ""
    type_ref = f' typeRef="{result}"' if result else ""
    return (
        f'<businessKnowledgeModel id="k:{name}" name="{name}"><variable name="{name}"{type_ref}/>'
        f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic>{needs}</businessKnowledgeModel>"
    )


def service(name: str, *, gives: list[str], takes: list[str] = [], inner: list[str] = []) -> str:  # noqa: B006
    parts = [f'<outputDecision href="#d:{each}"/>' for each in gives]
    parts += [f'<encapsulatedDecision href="#d:{each}"/>' for each in inner]
    parts += [f'<inputDecision href="#{each}"/>' for each in takes if each.startswith("d:")]
    parts += [f'<inputData href="#{each}"/>' for each in takes if each.startswith("i:")]
    return f'<decisionService id="s:{name}" name="{name}"><variable name="{name}"/>{"".join(parts)}</decisionService>'


class TestScope:
    def test_a_decision_sees_what_it_requires(self) -> None:
        model = model_of(
            data("Age of person")
            + decision("Double it", feel("Age of person * 2"), requires=["i:Age of person"])
            + decision("A", feel("Double it + 1"), requires=["d:Double it"])
        )

        assert model.decide("A", {"Age of person": Decimal(4)}) == 9

    def test_it_sees_nothing_else_of_the_model(self) -> None:
        model = model_of(data("n") + decision("B", feel("1")) + decision("A", feel("[n, B]")))

        assert decide(model, "A", n=5) == [None, None]

    def test_a_name_that_nothing_declares_is_an_input(self) -> None:
        model = model_of(decision("A", table(["lead.region"], ["to"], ['"EU" => lead.owner'])))

        assert decide(model, "A", lead={"region": "EU", "owner": "Maya"}) == "Maya"
        assert [(each.name, each.declared) for each in model.inputs("A")] == [("lead", False)]

    def test_each_decision_is_taken_once(self) -> None:
        chain = "".join(decision(f"D{n}", feel(f"D{n - 1} + D{n - 1}"), requires=[f"d:D{n - 1}"]) for n in range(1, 60))
        model = model_of(decision("D0", feel("1")) + chain)

        assert decide(model, "D59") == 2**59

    def test_what_two_decisions_require_is_asked_for_once(self) -> None:
        model = model_of(
            data("n")
            + decision("B", feel("n"), requires=["i:n"])
            + decision("C", feel("n"), requires=["i:n"])
            + decision("A", feel("B + C"), requires=["d:B", "d:C"])
        )

        assert [each.name for each in model.inputs("A")] == ["n"]

    def test_a_knowledge_source_is_no_part_of_the_logic(self) -> None:
        model = model_of('<knowledgeSource id="s" name="The law"/>' + decision("A", feel("1")))

        assert (model.names, model.problems, decide(model, "A")) == (("A",), (), 1)

    def test_a_decision_without_logic_is_null(self) -> None:
        assert decide(model_of(decision("A", "")), "A") is None

    def test_a_name_with_operators_in_it_is_one_name(self) -> None:
        model = model_of(data("a - b") + data("a") + decision("A", feel("a - b - a"), requires=["i:a - b", "i:a"]))

        assert model.decide("A", {"a - b": Decimal(7), "a": Decimal(2)}) == 5


class TestTypes:
    def test_an_input_that_does_not_fit_is_null_with_a_warning(self) -> None:
        model = model_of(data("n", "number") + decision("A", feel("n"), requires=["i:n"]))

        assert decide(model, "A", n="five") is None
        assert told(model, "A", n="five") == ['Expected “n” to be number, but it is "five"; it became null.']

    def test_allowed_values_narrow(self) -> None:
        status = item("tStatus", "string", allowed='"New", "Won"')
        model = model_of(status + data("s", "tStatus") + decision("A", feel("s"), requires=["i:s"]))

        assert decide(model, "A", s="Won") == "Won"
        assert decide(model, "A", s="Lost") is None

    def test_a_type_constraint_narrows_the_whole_of_a_collection(self) -> None:
        pair = item("tPair", "number", allowed="> 0", whole="count(?) = 2", many=True)
        model = model_of(pair + data("p", "tPair") + decision("A", feel("p"), requires=["i:p"]))

        assert decide(model, "A", p=[1, 2]) == [1, 2]
        assert decide(model, "A", p=[1, 2, 3]) is None
        assert decide(model, "A", p=[1, -2]) is None

    @pytest.mark.parametrize(
        ("type_ref", "text", "value"),
        [
            ("number", "[5]", Decimal(5)),
            ("tNumbers", "5", [Decimal(5)]),
            ("tNumbers", '"x"', None),
            ("string", "5", None),
            ("date and time", 'date("2024-01-02")', "2024-01-02T00:00:00Z"),
            ("feel:string", '"x"', "x"),
            ("Any", "5", Decimal(5)),
            ("list&lt;number&gt;", "[1]", [Decimal(1)]),
            ("list&lt;tNumbers&gt;", '["x"]', None),
        ],
    )
    def test_results_are_converted_or_null(self, type_ref: str, text: str, value: Value) -> None:
        numbers = item("tNumbers", "number", many=True)
        model = model_of(numbers + decision("A", feel(text), type_ref=type_ref))
        got = decide(model, "A")

        assert (str(got) if isinstance(value, str) else got) == value
        assert model.problems == ()

    def test_allowed_values_of_a_component_may_read_its_siblings(self) -> None:
        allowed = "<allowedValues><text>&gt;= first day</text></allowedValues>"
        leave = item("tLeave", parts="first day: number; last: number").replace("</typeRef></itemComponent></itemDef",
            f"</typeRef>{allowed}</itemComponent></itemDef")  # fmt: skip
        model = model_of(leave + data("l", "tLeave") + decision("A", feel("l.last"), requires=["i:l"]))

        assert decide(model, "A", l={"first day": 1, "last": 2}) == 2
        assert decide(model, "A", l={"first day": 3, "last": 2}) is None

    def test_missing_entries_of_an_input_are_null(self) -> None:
        person = item("tPerson", parts="name: string; age: number")
        model = model_of(person + data("p", "tPerson") + decision("A", feel("p"), requires=["i:p"]))

        assert decide(model, "A", p={"name": "Maya"}) == {"name": "Maya", "age": None}
        assert told(model, "A", p={"name": "Maya"}) == ["Expected “p” to have “age”, but it has none; null is taken."]
        assert decide(model, "A", p={"name": 5}) is None

    def test_conversion_reaches_types_that_are_narrowed(self) -> None:
        few = item("tFew", "number", many=True, whole="count(?) < 3")
        model = model_of(
            few + decision("A", feel("5"), type_ref="tFew") + decision("B", feel("[1,2,3]"), type_ref="tFew")
        )

        assert decide(model, "A") == [5]
        assert decide(model, "B") is None

    def test_a_type_may_contain_itself(self) -> None:
        tree = item("tTree", parts="value: number; children: tTree*")
        model = model_of(tree + data("t", "tTree") + decision("A", feel("t.children.value"), requires=["i:t"]))
        leaf = {"value": 2, "children": []}

        assert decide(model, "A", t={"value": 1, "children": [leaf]}) == [2]
        assert decide(model, "A", t={"value": 1, "children": [{**leaf, "value": "x"}]}) is None

    def test_a_type_that_is_only_itself_is_a_problem(self) -> None:
        model = model_of(item("tA", "tB") + item("tB", "tA") + decision("A", feel("1"), type_ref="tA"))

        assert model.problems[0].message == "Expected “tA” to be defined by more than itself."
        assert decide(model, "A") == 1

    def test_feel_knows_the_types_of_the_model(self) -> None:
        age = item("tAge", "number", allowed="[0..150]")
        model = model_of(age + decision("A", feel("[5 instance of tAge, 500 instance of tAge]")))

        assert decide(model, "A") == [True, False]

    def test_a_dash_lets_input_values_pass_only(self) -> None:
        model = model_of(decision("A", table(['r: "EU", "US"'], ["x"], ["- => r", '"Mars" => 1'])))

        assert decide(model, "A", r=["EU", "US"]) == ["EU", "US"]
        assert decide(model, "A", r="EU") == "EU"
        assert decide(model, "A", r="Venus") is None
        assert decide(model, "A", r="Mars") == 1
        assert told(model, "A", r="Venus") == ['Expected “r” to be one of its input values, but it is "Venus".']

    def test_an_unknown_type_is_a_problem_and_lets_everything_pass(self) -> None:
        model = model_of(data("n", "tNothing") + decision("A", feel("n"), requires=["i:n"]))

        assert model.problems[0].message == "Expected “tNothing” to be a type, but no item definition has this name."
        assert decide(model, "A", n=5) == 5


class TestKnowledge:
    def test_a_knowledge_model_is_a_function(self) -> None:
        model = model_of(
            knowledge("Add up", feel("a + b"), "a:number", "b:number")
            + decision("A", feel("Add up(1, 2)"), knows=["k:Add up"])
        )

        assert decide(model, "A") == 3

    def test_it_may_use_another(self) -> None:
        model = model_of(
            knowledge("inc", feel("a + 1"), "a")
            + knowledge("twice", feel("inc(inc(a))"), "a", knows="k:inc")
            + decision("A", feel("twice(1)"), knows=["k:twice"])
        )

        assert decide(model, "A") == 3

    def test_its_result_must_fit_its_type(self) -> None:
        model = model_of(knowledge("f", feel('"x"'), result="number") + decision("A", feel("f()"), knows=["k:f"]))

        assert decide(model, "A") is None

    def test_one_without_logic_is_null(self) -> None:
        model = model_of('<businessKnowledgeModel id="k" name="f"/>' + decision("A", feel("f = null"), knows=["k"]))

        assert decide(model, "A") is True

    def test_it_does_not_see_inputs_of_its_caller(self) -> None:
        model = model_of(
            data("n") + knowledge("f", feel("n")) + decision("A", feel("f()"), requires=["i:n"], knows=["k:f"])
        )

        assert decide(model, "A", n=1) is None


class TestService:
    MODEL = (
        data("x", "number")
        + decision("inner", feel("x + 1"), requires=["i:x"])
        + decision("outer", feel("inner * 2"), requires=["d:inner"])
        + decision("other", feel("x"), requires=["i:x"])
    )

    def test_it_is_asked_by_the_names_of_its_inputs(self) -> None:
        model = model_of(self.MODEL + service("S", gives=["outer"], takes=["i:x"], inner=["inner"]))

        assert model.service("S", {"x": Decimal(3)}) == 8

    def test_an_input_decision_is_given_and_not_taken(self) -> None:
        model = model_of(self.MODEL + service("S", gives=["outer"], takes=["d:inner"]))

        assert model.service("S", {"inner": Decimal(10), "x": Decimal(1)}) == 20

    def test_several_outputs_make_a_context(self) -> None:
        model = model_of(self.MODEL + service("S", gives=["outer", "other"], takes=["i:x"]))

        assert model.service("S", {"x": Decimal(3)}) == {"outer": 8, "other": 3}

    def test_it_is_a_function_of_input_data_then_input_decisions(self) -> None:
        model = model_of(
            data("x")
            + decision("y", feel("1"))
            + decision("both", feel("[x, y]"), requires=["i:x", "d:y"])
            + service("S", gives=["both"], takes=["d:y", "i:x"])
            + decision("A", feel('[S("x", "y"), S(y: 1, x: 2)]'), knows=["s:S"])
        )

        assert decide(model, "A") == [["x", "y"], [2, 1]]

    def test_inputs_of_one_name_from_two_models_are_told_apart_by_place(self) -> None:
        library = drawing(data("x"), namespace="urn:lib")
        model = model_of(
            '<import name="lib" namespace="urn:lib" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
            + data("x")
            + decision("both", feel("[x, lib.x]"), requires=["i:x", "urn:lib#i:x"])
            + service("S", gives=["both"], takes=["i:x"]).replace("</dec", '<inputData href="urn:lib#i:x"/></dec')
            + decision("A", feel("S(1, 2)"), knows=["s:S"]),
            library,
        )

        assert decide(model, "A") == [1, 2]

    def test_what_it_decides_does_not_leak(self) -> None:
        model = model_of(
            self.MODEL
            + service("S", gives=["outer"], takes=["i:x"])
            + decision("A", feel("[S(10), outer]"), requires=["d:outer"], knows=["s:S"])
        )

        assert decide(model, "A", x=1) == [22, 4]


class TestImports:
    LIBRARY = drawing(
        item("tPerson", parts="full name: string")
        + data("Person", "tPerson")
        + knowledge("Say hello", feel('"Hello " + p.full name'), "p:tPerson")
        + decision("Greeting", feel("Say hello(Person)"), requires=["i:Person"], knows=["k:Say hello"]),
        namespace="urn:lib",
    )
    IMPORT = '<import name="my lib" namespace="urn:lib" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
    MAYA: Value = {"full name": "Maya"}

    def test_imported_elements_stand_under_the_name_of_the_import(self) -> None:
        model = model_of(
            self.IMPORT
            + data("Someone", "my lib.tPerson")
            + decision(
                "A",
                feel("my lib.Say hello(Someone) + my lib.Greeting"),
                requires=["i:Someone", "urn:lib#d:Greeting"],
                knows=["urn:lib#k:Say hello"],
            ),
            self.LIBRARY,
        )

        assert model.problems == ()
        assert model.decide("A", {"Someone": {"full name": "Tom"}, "Person": self.MAYA}) == "Hello TomHello Maya"

    def test_an_import_without_a_name_adds_its_elements(self) -> None:
        model = model_of(
            self.IMPORT.replace("my lib", "")
            + data("Someone", "tPerson")
            + decision("A", feel("Say hello(Someone)"), requires=["i:Someone"], knows=["urn:lib#k:Say hello"]),
            self.LIBRARY,
        )

        assert model.problems == ()
        assert model.decide("A", {"Someone": self.MAYA}) == "Hello Maya"

    def test_several_imports_may_have_no_name(self) -> None:
        other = drawing(item("tTeam", "string") + knowledge("Team of", feel('"EU"')), namespace="urn:other")
        nameless = self.IMPORT.replace("my lib", "")
        model = model_of(
            nameless
            + nameless.replace("urn:lib", "urn:other")
            + data("Someone", "tPerson")
            + decision(
                "A",
                feel("Say hello(Someone) + Team of()"),
                requires=["i:Someone"],
                knows=["urn:lib#k:Say hello", "urn:other#k:Team of"],
                type_ref="tTeam",
            ),
            self.LIBRARY,
            other,
        )

        assert model.problems == ()
        assert model.decide("A", {"Someone": self.MAYA}) == "Hello MayaEU"

    def test_an_import_without_a_name_replaces_nothing(self) -> None:
        nameless = self.IMPORT.replace("my lib", "")
        own = knowledge("Say hello", feel('"Own"'), "p")
        needs = ["urn:lib#k:Say hello", "k:Say hello"]

        for knows in (needs, needs[::-1]):
            model = model_of(nameless + own + decision("A", feel("Say hello(1)"), knows=knows), self.LIBRARY)

            assert decide(model, "A") == "Own"

    def test_inputs_of_one_name_are_told_apart_by_namespace(self) -> None:
        model = model_of(
            self.IMPORT
            + data("Person")
            + decision("A", feel("[Person, my lib.Person]"), requires=["i:Person", "urn:lib#i:Person"]),
            self.LIBRARY,
        )

        assert model.decide("A", {"Person": self.MAYA}, namespaces={"Person": "urn:lib"}) == [None, self.MAYA]
        assert model.decide("A", {"my lib": {"Person": self.MAYA}}) == [None, self.MAYA]
        assert model.decide("A", {"my lib.Person": self.MAYA, "Person": "x"}) == ["x", self.MAYA]

    def test_an_imported_decision_can_be_asked(self) -> None:
        model = model_of(self.IMPORT, self.LIBRARY)

        assert model.decide("my lib.Greeting", {"Person": self.MAYA}) == "Hello Maya"

    def test_a_decision_that_no_import_has_is_refused(self) -> None:
        model = model_of(self.IMPORT, self.LIBRARY)

        for name in ("my lib.Farewell", "Greeting"):
            with pytest.raises(dmn.NoSuchDecision):
                model.decide(name, {})

    def test_a_model_imported_under_two_names_is_one_model(self) -> None:
        again = self.IMPORT.replace("my lib", "lib")
        model = model_of(self.IMPORT + again, self.LIBRARY)

        assert model.problems == ()
        assert model.decide("lib.Greeting", {"Person": self.MAYA}) == "Hello Maya"
        assert model.decide("my lib.Greeting", {"Person": self.MAYA}) == "Hello Maya"

    def test_an_imported_type_may_be_written_with_the_prefix_of_its_namespace(self) -> None:
        own = drawing(self.IMPORT + data("Who", "l:tPerson") + decision("A", feel("Who"), requires=["i:Who"]))
        own = own.replace(b"<definitions ", b'<definitions xmlns:l="urn:lib" ')
        model = dmn.compile_model(dmn.read(own), [dmn.read(self.LIBRARY)])

        assert model.problems == ()
        assert model.decide("A", {"Who": self.MAYA}) == self.MAYA
        assert model.decide("A", {"Who": Decimal(1)}) is None

    def test_a_model_that_is_not_at_hand_is_a_problem(self) -> None:
        model = model_of(self.IMPORT + decision("A", feel("1")))

        assert "Expected the model “urn:lib” to be at hand" in model.problems[0].message
        assert decide(model, "A") == 1

    def test_imports_in_a_circle_are_a_problem(self) -> None:
        back = drawing('<import name="back" namespace="urn:test" importType=""/>', namespace="urn:lib")
        model = model_of(self.IMPORT + decision("A", feel("1")), back, drawing("", namespace="urn:test"))

        assert "leads back to this model" in model.problems[0].message


class TestProblems:
    def test_a_reference_to_nothing(self) -> None:
        model = model_of(decision("A", feel("1"), requires=["d:B"]))

        assert "Expected “#d:B” to name an element" in model.problems[0].message
        assert decide(model, "A") == 1

    def test_what_is_there_twice(self) -> None:
        model = model_of(decision("A", feel("1")) + decision("A", feel("2")))

        assert [problem.message for problem in model.problems] == [
            "Expected every id once, but “d:A” comes twice.",
            "Expected every name once, but “A” comes twice.",
        ]

    def test_the_language_of_the_model_counts_where_none_is_said(self) -> None:
        groovy = drawing(decision("A", feel("1")) + decision("B", table(["n"], ["x"], ["1 => 1"])))
        model = dmn.compile_model(dmn.read(groovy.replace(b'id="d"', b'id="d" expressionLanguage="groovy"')))

        assert {problem.message for problem in model.problems} == {
            "Expected an expression in FEEL, but its language is “groovy”.",
            "Expected a condition in FEEL, but its language is “groovy”.",
        }

    def test_a_circle_of_requirements(self) -> None:
        model = model_of(decision("A", feel("B"), requires=["d:B"]) + decision("B", feel("A"), requires=["d:A"]))

        assert model.problems[0].message == "Expected no decision to require itself, but A > B > A."
        assert decide(model, "A") is None

    def test_an_unknown_decision_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(dmn.NoSuchDecision, match="“B” is none. It has: “A”"):
            decide(model_of(decision("A", feel("1"))), "B")

    def test_a_decision_can_be_asked_by_its_id(self) -> None:
        assert decide(model_of(decision("A", feel("1"))), "d:A") == 1
