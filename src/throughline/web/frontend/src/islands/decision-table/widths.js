/**
 * Widths of columns. dmn-js keeps those that a person drags in `biodi:width` of the clause, but gives every other
 * column 192 px and the notes 400, which is too much for "-" and too little for a list of texts. Columns without a
 * width get one from what stands in them; it is saved with the table.
 */
const LETTER_PX = 8;
const AROUND_PX = 26;
const LEAST_PX = 104;
const MOST_PX = 256;
const NOTES_PX = 140;
const NUMBERS_PX = 60;

/** `room`: the pixels that a table has; columns that were given no width by hand share them. */
export function setWidths(definitions, room) {
  for (const { decisionLogic: table } of definitions.drgElement ?? []) {
    if (table?.$type === "dmn:DecisionTable") setWidthsOf(table, room);
  }
}

function setWidthsOf(table, room) {
  if (!table.get("annotationsWidth")) table.set("annotationsWidth", NOTES_PX);
  const rules = table.rule ?? [];
  const columns = [
    ...(table.input ?? []).map((clause, place) => ({
      clause,
      wish: widthOf([clause.label ?? clause.inputExpression?.text ?? ""], texts(rules, "inputEntry", place)),
    })),
    ...(table.output ?? []).map((clause, place) => ({
      clause,
      wish: widthOf([clause.label ?? clause.name ?? ""], texts(rules, "outputEntry", place)),
    })),
  ];
  const free = columns.filter(({ clause }) => !clause.width);
  const taken = columns.reduce(
    (sum, { clause }) => sum + (clause.width ?? 0),
    NUMBERS_PX + table.get("annotationsWidth"),
  );
  const widths = shared(
    free.map(({ wish }) => wish),
    room - taken,
  );
  free.forEach(({ clause }, place) => {
    clause.width = widths[place];
  });
}

/** The wishes, cut down alike to what there is, but never below the least that can be read. */
export function shared(wishes, room) {
  const beyondLeast = wishes.reduce((sum, wish) => sum + wish - LEAST_PX, 0);
  const left = Math.max(0, room - wishes.length * LEAST_PX);
  const part = beyondLeast > 0 ? Math.min(1, left / beyondLeast) : 1;
  return wishes.map((wish) => Math.floor(LEAST_PX + (wish - LEAST_PX) * part));
}

function texts(rules, entries, place) {
  return rules.map((rule) => rule[entries]?.[place]?.text ?? "");
}

/** Wide enough for the head and the longest word of the cells, and for most of the cells on one line. */
export function widthOf(head, cells) {
  const longest = (lines) => Math.max(0, ...lines.map((line) => line.length));
  const words = cells.flatMap((cell) => cell.split(/[\s,]+/));
  const lengths = cells.map((cell) => cell.length).sort((one, other) => one - other);
  const usual = lengths[Math.floor(lengths.length * 0.75)] ?? 0;
  const letters = Math.max(longest(head), longest(words), usual);
  return Math.min(MOST_PX, Math.max(LEAST_PX, letters * LETTER_PX + AROUND_PX));
}
