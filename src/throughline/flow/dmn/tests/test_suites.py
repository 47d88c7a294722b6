"""The public conformance cases of DMN (dmn-tck), where they are at hand: files, decisions, analysis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from throughline.flow import dmn
from throughline.flow.dmn import model as m
from throughline.flow.values import Value, from_json, read_json
from throughline.testing.suites import suites

pytestmark = pytest.mark.suites


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return sorted((suites() / "conformance").glob("dmn-tck-*/*/*.dmn"))


def asked(path: Path) -> Iterator[tuple[str, dict[str, Value]]]:
    """The decisions that the cases of a file ask, with their inputs."""
    for case in read_json((path.parent / "cases.json").read_bytes())["cases"]:
        if case["model"] == path.name:
            inputs = {name: from_json(value) for name, value in case["input"].items()}
            yield from ((check["decision"], inputs) for check in case["checks"] if "decision" in check)


class TestPublicModels:
    def test_every_file_reads_back_as_written(self, files: list[Path]) -> None:
        for path in files:
            model = dmn.read(path.read_bytes())

            assert dmn.read(dmn.write(model)) == model, path.name

    def test_what_stands_in_a_file_is_known(self, files: list[Path]) -> None:
        for path in files:
            model = dmn.read(path.read_bytes())

            assert not model.others, path.name
            assert not any(element.others for element in model.drg_elements), path.name

    def test_explaining_gives_what_deciding_gives(self, files: list[Path]) -> None:
        questions = 0
        for path in files:
            model = dmn.compile_model(dmn.read(path.read_bytes()))
            for name, inputs in asked(path):
                questions += 1
                explanation = model.explain(name, inputs)

                assert repr(explanation.value) == repr(model.decide(name, inputs)), (path.name, name)
                assert explanation.to_json()["decision"] == name

        assert questions > 1_000

    def test_the_gaps_told_are_gaps(self, files: list[Path]) -> None:
        """Each example of a gap, put into its table, is answered by no rule."""
        told = 0
        for path in files:
            model = dmn.read(path.read_bytes())
            for decision in model.decisions:
                if isinstance(decision.expression, m.DecisionTable):
                    told += sum(self.holds(model, decision, decision.expression))

        assert told > 5

    def holds(self, model: m.Definitions, decision: m.Decision, table: m.DecisionTable) -> Iterator[bool]:
        compiled = dmn.compile_model(model)
        for finding in dmn.analyse(table, model):
            if finding.kind == "gap":
                decided = compiled.explain(decision.name, finding.example).decided
                (own,) = (each for each in decided if each.name == decision.name)

                assert own.tables[0].rules == (), finding.message
                yield True
