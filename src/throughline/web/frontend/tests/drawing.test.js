import assert from "node:assert/strict";
import { test } from "node:test";
import { pressing } from "../src/islands/live-view/figures.js";
import { around } from "../src/islands/shared/looks.js";
import { grip } from "../src/islands/shared/touch.js";

const step = (count, overdue = 0, incidents = 0) => ({ count, overdue, incidents });

test("an incident presses more than overdue cases, and these more than many", () => {
  assert.equal(
    pressing([
      ["many", step(90)],
      ["late", step(3, 1)],
      ["broken", step(1, 0, 1)],
    ]),
    "broken",
  );
  assert.equal(
    pressing([
      ["few", step(1, 1)],
      ["many", step(90, 1)],
    ]),
    "many",
  );
  assert.equal(pressing([]), undefined);
});

const drawing = { x: 0, y: 0, width: 2000, height: 600 };
const screen = { width: 400, height: 500 };

test("a shape in the middle of a wide drawing stands in the middle of the screen", () => {
  const view = around({ x: 950, y: 250, width: 100, height: 100 }, drawing, screen, 1);

  assert.deepEqual(view, { x: 800, y: 50, width: 400, height: 500 });
});

test("at the edge of the drawing no empty stretch is shown", () => {
  const view = around({ x: 0, y: 280, width: 36, height: 36 }, drawing, screen, 1);

  assert.equal(view.x, -24);
});

test("a drawing lower than the screen stands in its middle", () => {
  const view = around({ x: 500, y: 0, width: 100, height: 80 }, { ...drawing, height: 300 }, screen, 1);

  assert.equal(view.y, -100);
});

test("two fingers that part have their middle and their spread", () => {
  const fingers = new Map([
    [1, { clientX: 0, clientY: 0 }],
    [2, { clientX: 60, clientY: 80 }],
  ]);

  assert.deepEqual(grip(fingers), { x: 30, y: 40, spread: 100 });
});
