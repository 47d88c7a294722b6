import { extensionsOf } from "../shared/extensions.js";

/**
 * Changes of a chart as commands: every one can be undone with one step, whatever it consists of.
 * A service of the editor (`changes`).
 */
export default class Changes {
  static $inject = ["bpmnFactory", "commandStack", "modeling", "canvas"];

  constructor(bpmnFactory, commandStack, modeling, canvas) {
    this.factory = bpmnFactory;
    this.stack = commandStack;
    this.modeling = modeling;
    this.canvas = canvas;
    commandStack.registerHandler("throughline.together", Together);
  }

  /** Run several changes as one. */
  together(...steps) {
    this.stack.execute("throughline.together", { steps });
  }

  /** Set plain properties of the element, such as `{ name }`. Undefined removes. */
  set(element, properties) {
    this.modeling.updateProperties(element, properties);
  }

  /** Set properties of something inside the element, such as its timer definition. */
  setInside(element, inner, properties) {
    this.modeling.updateModdleProperties(element, inner, properties);
  }

  create(type, properties = {}, parent = undefined) {
    const made = this.factory.create(type, properties);
    if (parent) made.$parent = parent;
    return made;
  }

  expression(body, parent) {
    return body ? this.create("bpmn:FormalExpression", { body }, parent) : undefined;
  }

  /**
   * Replace all extensions of `type` on `owner` (default: the element's business object) by `values`;
   * everybody else's stay as they are.
   */
  setExtensions(element, type, values, owner = element.businessObject) {
    const others = extensionsOf(owner).filter((value) => value.$type !== type);
    const all = [...others, ...values];
    const extensions = all.length ? this.create("bpmn:ExtensionElements", { values: all }, owner) : undefined;
    for (const value of all) value.$parent = extensions;
    this.setInside(element, owner, { extensionElements: extensions });
  }

  /** Set one extension from plain data (nested records allowed), or remove it with null. */
  setExtension(element, type, data, owner) {
    this.setExtensions(element, type, data ? [this.record(type, data)] : [], owner);
  }

  /** Make a record of our namespace from plain data; empty texts and lists are left out. */
  record(type, data) {
    const record = this.create(type);
    for (const [name, value] of Object.entries(data)) {
      if (value === "" || value === null || value === undefined) continue;
      if (Array.isArray(value))
        record.set(
          name,
          value.map((part) => this.part(part, record)),
        );
      else if (typeof value === "object") record.set(name, this.part(value, record));
      else record.set(name, String(value));
    }
    return record;
  }

  part({ $type, ...data }, parent) {
    const part = this.record($type, data);
    part.$parent = parent;
    return part;
  }

  get definitions() {
    return this.canvas.getRootElement().businessObject.$parent;
  }

  /** The message, signal, error or escalation of that name, made when there is none yet. */
  rootElement(element, type, name) {
    const definitions = this.definitions;
    const all = definitions.get("rootElements");
    const known = all.find((root) => root.$type === type && root.name === name);
    if (known) return known;
    const made = this.create(type, { name }, definitions);
    this.setInside(element, definitions, { rootElements: [...all, made] });
    return made;
  }
}

class Together {
  preExecute({ steps }) {
    for (const step of steps) step();
  }
}

/** A record of our namespace as plain data, the reverse of `Changes.record`. */
export function plain(record) {
  if (!record) return {};
  const data = {};
  for (const { name, isMany } of record.$descriptor.properties) {
    const value = record.get(name);
    const key = name.replace(/^.*:/, "");
    if (value === undefined) continue;
    data[key] = isMany ? value.map(tagged) : typeof value === "object" ? tagged(value) : value;
  }
  return data;
}

function tagged(record) {
  return { $type: record.$type, ...plain(record) };
}
