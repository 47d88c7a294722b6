import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asFeel, pathsIn } from "../src/islands/decision-table/names.js";
import { shared, widthOf } from "../src/islands/decision-table/widths.js";

describe("pathsIn", () => {
  it("takes a plain input as it is", () => {
    assert.deepEqual(pathsIn("lead.region"), ["lead.region"]);
  });

  it("finds what a calculation reads, and neither texts nor words nor functions of the language", () => {
    const text = 'if count(lead.tags) > 2 and lead.source != null then "lead.nothing" else score';

    assert.deepEqual(pathsIn(text), ["lead.tags", "lead.source", "score"]);
  });
});

describe("asFeel", () => {
  it("puts texts into quotation marks where a text is meant", () => {
    assert.equal(asFeel("North", "string"), '"North"');
    assert.equal(asFeel("paid search", undefined), '"paid search"');
  });

  it("leaves alone what is FEEL already, and nothing", () => {
    for (const text of ['"North"', "12", "true", '{team: "north"}', ""])
      assert.equal(asFeel(text, undefined), text);
    assert.equal(asFeel("null", "string"), "null");
    assert.equal(asFeel("12", "string"), '"12"');
  });
});

describe("widths", () => {
  it("follow the head, the words and most of the cells", () => {
    assert.equal(widthOf(["Region"], ["-", "-", '"North"']), 104);
    assert.ok(widthOf(["Origin"], ['"organic_search","direct_traffic","referral"']) > 200);
  });

  it("are cut down alike to the room there is", () => {
    assert.deepEqual(shared([104, 204], 258), [104, 154]);
    assert.deepEqual(shared([204, 204], 100), [104, 104]);
    assert.deepEqual(shared([104, 204], 2000), [104, 204]);
  });
});
