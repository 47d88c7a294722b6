const PATH = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*(?![\p{L}\p{N}_.]|\s*\()/gu;
const TEXT = /"[^"]*"/g;
const WORDS = new Set(
  "and between else every external false for function if in instance not null of or return satisfies some then true".split(
    " ",
  ),
);

/**
 * What the decision asks for: its table's inputs, or the names its expression may read. An input that is a calculation
 * (`lead.interest != null`) asks for what it reads.
 */
export function namesOf(decision) {
  const logic = decision.decisionLogic;
  if (logic.$type !== "dmn:DecisionTable") {
    return (decision.informationRequirement ?? [])
      .map(({ requiredInput }) => requiredInput?.href?.replace("#", ""))
      .filter(Boolean)
      .map((name) => ({ name }));
  }
  const found = new Map();
  for (const { inputExpression } of logic.input ?? []) {
    const text = inputExpression?.text?.trim() ?? "";
    const paths = pathsIn(text);
    if (paths.length === 1 && paths[0] === text) found.set(text, inputExpression.typeRef);
    else for (const path of paths) if (!found.has(path)) found.set(path, undefined);
  }
  return [...found].map(([name, type]) => ({ name, type }));
}

export function pathsIn(text) {
  return [...new Set(text.replace(TEXT, " ").match(PATH) ?? [])].filter((path) => !WORDS.has(path));
}

const PLAIN_WORDS = /^(?!(?:true|false|null)$)[\p{L}_][\p{L}\p{N}_ -]*$/u;

/** What a person typed, as FEEL: texts need no quotation marks where a text is meant. */
export function asFeel(typed, type) {
  const text = typed.trim();
  const isText = type === "string" ? !/^["{[]|^null$/.test(text) : !type && PLAIN_WORDS.test(text);
  return text && isText ? JSON.stringify(text) : text;
}
