/** JSON over the session: the CSRF token comes from the page, refusals come back as values. */

export function csrfToken() {
  return document.body.dataset.csrf ?? "";
}

/**
 * Ask the server. Resolves to `{ ok, status, data }`: a refusal (4xx) is an answer, not an exception.
 * Throws only when no answer came, or one that is no JSON.
 */
export async function ask(address, { method = "GET", body, signal, headers = {} } = {}) {
  const response = await fetch(address, {
    method,
    signal,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(method === "GET" ? {} : { "X-CSRFToken": csrfToken() }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const data = response.status === 304 || response.status === 204 ? null : await response.json();
  return { ok: response.ok, status: response.status, data, headers: response.headers };
}
