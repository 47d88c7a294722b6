import assert from "node:assert/strict";
import { describe, it } from "node:test";

globalThis.document = { getElementById: () => null };
const { heat, shortLength } = await import("../src/islands/live-view/figures.js");

describe("heat", () => {
  it("is nothing where nobody stands and most at the busiest step", () => {
    assert.equal(heat(0, 30), 0);
    assert.equal(heat(1, 30), 1);
    assert.equal(heat(30, 30), 3);
  });

  it("rises with the count and never leaves its three levels", () => {
    const levels = Array.from({ length: 40 }, (_, i) => heat(i + 1, 40));
    assert.deepEqual(levels, levels.toSorted());
    assert.equal(Math.max(...levels), 3);
  });
});

describe("shortLength", () => {
  it("uses the largest whole unit", () => {
    assert.equal(shortLength(59), "now");
    assert.equal(shortLength(60), "1 min");
    assert.equal(shortLength(7_300), "2 h");
    assert.equal(shortLength(4 * 86_400 + 3600), "4 d");
  });
});
