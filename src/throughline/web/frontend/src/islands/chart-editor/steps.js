import { gettext } from "../../i18n.js";

/**
 * The step catalogue: what the palette and the append menu offer. It comes from the server as groups of steps; a step
 * says which BPMN element it is and what is set on it:
 *
 *     { key, title, summary, icon, element: "bpmn:UserTask", name,
 *       event: "bpmn:TimerEventDefinition" | null, timer: { timeDuration: "PT24H" },
 *       attributes: { … }, extensions: [{ $type: "tl:WorkItem", due: "…", outcomes: [{ $type: "tl:Outcome", … }] }] }
 *
 * A service of the editor (`steps`).
 */
export default class Steps {
  static $inject = [
    "config.catalogue",
    "elementFactory",
    "autoPlace",
    "create",
    "changes",
    "canvas",
    "selection",
  ];

  constructor(catalogue, elementFactory, autoPlace, create, changes, canvas, selection) {
    this.groups = catalogue.groups;
    this.elementFactory = elementFactory;
    this.autoPlace = autoPlace;
    this.dragging = create;
    this.changes = changes;
    this.canvas = canvas;
    this.selection = selection;
  }

  get all() {
    return this.groups.flatMap((group) => group.steps.map((step) => ({ ...step, group: group.title })));
  }

  /** Make the shape of a step, not yet on the canvas. */
  shape(step) {
    if (step.element === "bpmn:Participant") return this.elementFactory.createParticipantShape();
    const shape = this.elementFactory.createShape({
      type: step.element,
      ...(step.event ? { eventDefinitionType: step.event } : {}),
      ...(step.expanded ? { isExpanded: true } : {}),
    });
    this.furnish(shape.businessObject, step);
    return shape;
  }

  furnish(businessObject, step) {
    if (step.name) businessObject.set("name", step.name);
    for (const [name, value] of Object.entries(step.attributes ?? {})) businessObject.set(name, value);
    if (step.extensions?.length) {
      const extensions = this.changes.create("bpmn:ExtensionElements", {}, businessObject);
      extensions.set(
        "values",
        step.extensions.map((record) => this.changes.part(record, extensions)),
      );
      businessObject.set("extensionElements", extensions);
    }
    const definition = businessObject.get("eventDefinitions")?.[0];
    for (const [name, body] of Object.entries(step.timer ?? {})) {
      definition.set(name, this.changes.expression(body, definition));
    }
  }

  /** Put a step behind `source`, connected; the layout of bpmn-js finds the place. */
  append(source, step) {
    const shape = this.autoPlace.append(source, this.shape(step));
    this.selection.select(shape);
    return shape;
  }

  /** Begin to drag a step onto the canvas. */
  drag(event, step, source) {
    this.dragging.start(event, this.shape(step), source ? { source } : {});
  }

  /** Without a mouse: behind the selected step if there is one, else in the middle of the view. */
  place(step) {
    const [source] = this.selection.get();
    if (source && canContinue(source) && canFollow(step)) return this.append(source, step);
    const { x, y, width, height } = this.canvas.viewbox();
    const root = this.canvas.getRootElement();
    const shape = this.changes.modeling.createShape(
      this.shape(step),
      { x: x + width / 2, y: y + height / 2 },
      this.containerAt(root, x + width / 2, y + height / 2),
    );
    this.selection.select(shape);
    return shape;
  }

  containerAt(root, x, y) {
    const holds = (shape) =>
      x > shape.x && x < shape.x + shape.width && y > shape.y && y < shape.y + shape.height;
    return (root.children ?? []).find((shape) => shape.type === "bpmn:Participant" && holds(shape)) ?? root;
  }
}

const NO_EXIT = new Set([
  "bpmn:EndEvent",
  "bpmn:Participant",
  "bpmn:Lane",
  "bpmn:Process",
  "bpmn:Collaboration",
]);

export function canContinue(element) {
  return (
    element.businessObject?.$instanceOf("bpmn:FlowNode") &&
    !NO_EXIT.has(element.type) &&
    element.type !== "label"
  );
}

export function canFollow(step) {
  return !["bpmn:StartEvent", "bpmn:Participant", "bpmn:BoundaryEvent"].includes(step.element);
}

/** What a kind of element is called in the steps table and the properties panel. */
export function kindOf(businessObject) {
  const definition = businessObject.get?.("eventDefinitions")?.[0]?.$type;
  const names = {
    "bpmn:StartEvent": gettext("Start"),
    "bpmn:EndEvent": gettext("End"),
    "bpmn:IntermediateCatchEvent": gettext("Wait"),
    "bpmn:IntermediateThrowEvent": gettext("Signal out"),
    "bpmn:BoundaryEvent": gettext("Exception of a step"),
    "bpmn:UserTask": gettext("Person"),
    "bpmn:ManualTask": gettext("Person, outside the system"),
    "bpmn:ServiceTask": gettext("Automatic action"),
    "bpmn:SendTask": gettext("Message out"),
    "bpmn:ReceiveTask": gettext("Message in"),
    "bpmn:BusinessRuleTask": gettext("Decision table"),
    "bpmn:ScriptTask": gettext("Calculation"),
    "bpmn:Task": gettext("Step without a kind"),
    "bpmn:ExclusiveGateway": gettext("Decision: one way"),
    "bpmn:InclusiveGateway": gettext("Decision: some ways"),
    "bpmn:ParallelGateway": gettext("All ways at once"),
    "bpmn:EventBasedGateway": gettext("Whatever happens first"),
    "bpmn:SubProcess": gettext("Group of steps"),
    "bpmn:CallActivity": gettext("Another procedure"),
    "bpmn:SequenceFlow": gettext("Arrow"),
    "bpmn:MessageFlow": gettext("Message between pools"),
    "bpmn:Lane": gettext("Lane"),
    "bpmn:Participant": gettext("Pool"),
    "bpmn:Process": gettext("Procedure"),
    "bpmn:Collaboration": gettext("Procedure"),
    "bpmn:TextAnnotation": gettext("Note"),
    "bpmn:DataObjectReference": gettext("Data"),
    "bpmn:DataStoreReference": gettext("Data store"),
  };
  const events = {
    "bpmn:TimerEventDefinition": gettext("timer"),
    "bpmn:MessageEventDefinition": gettext("message"),
    "bpmn:SignalEventDefinition": gettext("signal"),
    "bpmn:ErrorEventDefinition": gettext("error"),
    "bpmn:EscalationEventDefinition": gettext("escalation"),
    "bpmn:ConditionalEventDefinition": gettext("condition"),
    "bpmn:TerminateEventDefinition": gettext("ends everything"),
    "bpmn:LinkEventDefinition": gettext("link"),
  };
  const name = names[businessObject.$type] ?? businessObject.$type.replace("bpmn:", "");
  return events[definition] ? `${name} (${events[definition]})` : name;
}
