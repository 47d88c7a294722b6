"""
Charts as pictures: BPMN diagram interchange drawn as SVG, in our own hand.

The drawing shares nothing with any editor, so it may stand anywhere: on a lead's page, in a mail, in a PDF. What has
no positions is laid out first. Layers from back to front: pools and lanes, open sub-processes, groups, lines, nodes
with their captions and signs, captions of lines. Colours follow the page's theme (see
:mod:`throughline.flow.bpmn.render.palette`).

The root element is an image with a title and a description for those who do not see it; every node is a group with
``data-node``, every line one with ``data-flow``, and where a token is, ``data-here``.
"""

from __future__ import annotations

from throughline.flow.bpmn.render.drawing import render_svg
from throughline.flow.bpmn.render.marks import Mark
from throughline.flow.bpmn.render.palette import DARK, LIGHT

__all__ = ["DARK", "LIGHT", "Mark", "render_svg"]
