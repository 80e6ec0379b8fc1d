/**
 * Creates an element. Strings are added as text, never as HTML.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, value);
  created.append(...children);
  return created;
}

/** A button with a click handler. */
export function button(text, onClick, kind = 'plain') {
  const created = element('button', { type: 'button', class: `button ${kind}` }, text);
  created.addEventListener('click', onClick);
  return created;
}

/** A link that looks like a button. */
export function linkButton(text, href, kind = 'plain') {
  return element('a', { href, class: `button ${kind}` }, text);
}

/**
 * Replaces the content of the page, and moves the focus there for screen readers.
 * @param {string} title
 * @param {Node[]} content
 */
export function showPage(title, ...content) {
  document.title = `${title} – a demo front-end`;
  const page = document.getElementById('page');
  page.replaceChildren(...content);
  page.focus({ preventScroll: true });
}

/** Shown while the page waits for a response. */
export function waiting(text) {
  return element(
    'p',
    { class: 'card waiting', role: 'status' },
    element('span', { class: 'spinner', 'aria-hidden': 'true' }),
    text,
  );
}
