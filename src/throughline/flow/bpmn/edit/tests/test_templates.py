from __future__ import annotations

import pytest

from throughline.flow.bpmn import edit


class TestTemplate:
    def test_a_group_of_steps_is_drawn_not_added(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^A step of this kind is drawn. Open the drawing, and drag it there.$"
        ):
            edit.template({"element": "bpmn:SubProcess", "name": "Order"})
