import assert from "node:assert/strict";
import { test } from "node:test";
import { advanced, LENGTH, underWay } from "../src/islands/flow-replay/timing.js";

const MOVES = [
  [0, 0, 10],
  [1, 5, 15],
  [0, 20, 20],
];

test("a token is as far as its time has gone", () => {
  assert.deepEqual(underWay(MOVES, 5), [
    { flow: 0, part: 0.5 },
    { flow: 1, part: 0 },
  ]);
});

test("a token that has arrived is gone", () => {
  assert.deepEqual(underWay(MOVES, 10), [{ flow: 1, part: 0.5 }]);
});

test("a move that takes no time is seen at its instant", () => {
  assert.deepEqual(underWay(MOVES, 20), [{ flow: 0, part: 1 }]);
});

test("no more tokens than asked for", () => {
  assert.equal(underWay(MOVES, 6, 1).length, 1);
});

test("a whole replay takes its length, twice as fast half of it", () => {
  const log = { begin: 100, end: 500, speed: 1 };
  assert.equal(advanced(100, LENGTH * 1000, log), 500);
  assert.equal(advanced(100, (LENGTH * 1000) / 2, { ...log, speed: 2 }), 500);
  assert.equal(advanced(100, 0, log), 100);
});
