/**
 * Translated texts of the islands. The page may carry a JSON script element "messages" that maps English to the
 * reader's language; what is missing stays English.
 */
let messages;

function dictionary() {
  if (!messages) {
    const element = document.getElementById("messages");
    messages = element ? JSON.parse(element.textContent) : {};
  }
  return messages;
}

/** `values` replaces `{name}` in the text. */
export function gettext(text, values = {}) {
  const translated = dictionary()[text] ?? text;
  return translated.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
