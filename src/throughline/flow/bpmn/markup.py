"""What every element of the model keeps besides its own fields: what was not understood, and where it stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from throughline.flow.bpmn.xml import Pairs, Xml


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """
    An element of a file.

    ``attributes`` and ``rest`` are the attributes and child elements that the class has no field for, word for word;
    ``line`` is where the element starts in the file it was read from, 0 if it was made.
    """

    tag: ClassVar[str] = ""

    attributes: Pairs = ()
    rest: tuple[Xml, ...] = ()
    line: int = field(default=0, compare=False, repr=False)

    @property
    def kind_name(self) -> str:
        """The element's name in its specification, such as ``userTask``."""
        return self.tag.rpartition("}")[2]

    def attribute(self, name: str, default: str = "") -> str:
        """Return a foreign attribute by its Clark name, else ``default``."""
        return next((value for key, value in self.attributes if key == name), default)
