import assert from "node:assert/strict";
import { describe, it } from "node:test";

globalThis.document = { getElementById: () => null };
const { pathsIn } = await import("../src/islands/decision-table/trial.js");

describe("pathsIn", () => {
  it("takes a plain input as it is", () => {
    assert.deepEqual(pathsIn("lead.region"), ["lead.region"]);
  });

  it("finds what a calculation reads, and neither texts nor words nor functions of the language", () => {
    const text = 'if count(lead.tags) > 2 and lead.source != null then "lead.nothing" else score';

    assert.deepEqual(pathsIn(text), ["lead.tags", "lead.source", "score"]);
  });
});
