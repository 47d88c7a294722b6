/** Reading `tl:` extension elements of a business object. */

export function extensionsOf(businessObject) {
  return businessObject.get("extensionElements")?.get("values") ?? [];
}

/** The first extension of the type, such as "tl:WorkItem", or undefined. */
export function extension(businessObject, type) {
  return extensionsOf(businessObject).find((value) => value.$type === type);
}

export function allExtensions(businessObject, type) {
  return extensionsOf(businessObject).filter((value) => value.$type === type);
}
