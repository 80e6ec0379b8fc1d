/**
 * Makes an element. Text goes in as text and never as HTML, wherever it comes from.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A button that does something on this page. */
export function button(text, onClick, kind = 'plain') {
  const made = element('button', { type: 'button', class: `button ${kind}` }, text);
  made.addEventListener('click', onClick);
  return made;
}

/** A link that looks like a button. */
export function linkButton(text, href, kind = 'plain') {
  return element('a', { href, class: `button ${kind}` }, text);
}

/**
 * Puts content in place of what the page shows, and tells screen readers so by moving the focus.
 * @param {string} title
 * @param {Node[]} content
 */
export function showPage(title, ...content) {
  document.title = `${title} – a demo front-end`;
  const page = document.getElementById('page');
  page.replaceChildren(...content);
  page.focus({ preventScroll: true });
}

/** What is shown while an answer is awaited. */
export function waiting(text) {
  return element(
    'p',
    { class: 'card waiting', role: 'status' },
    element('span', { class: 'spinner', 'aria-hidden': 'true' }),
    text,
  );
}
