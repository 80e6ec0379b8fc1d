import type { Reply } from './http';
import type { PoolUser } from './users';

const special: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe HTML; `html` escapes all other values. */
class Html {
  constructor(readonly text: string) {}
}

type Part = Html | Html[] | string;

function escaped(part: Part): string {
  if (part instanceof Html) {
    return part.text;
  }
  return Array.isArray(part)
    ? part.map(({ text }) => text).join('')
    : part.replace(/[&<>"']/g, (character) => special[character] ?? character);
}

function html(texts: TemplateStringsArray, ...parts: Part[]): Html {
  const rest = parts.map((part, index) => escaped(part) + (texts[index + 1] ?? ''));
  return new Html((texts[0] ?? '') + rest.join(''));
}

const css = new Html(`
:root { color-scheme: light dark; --ink: #16191f; --soft: #545b64; --line: #d5dbdb; --paper: #fff; --ground: #eef1f4;
  --accent: #3b4cca; --on-accent: #fff; --warn-ink: #6b4500; --warn: #fff3d6; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f2f5; --soft: #b3bac4; --line: #3c4653; --paper: #1d242d;
  --ground: #12171d; --accent: #9aa6ff; --on-accent: #10142e; --warn-ink: #ffe2a6; --warn: #43330f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: start center; padding: 2.5rem 1rem; color: var(--ink);
  background: var(--ground); font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
main { width: 100%; max-width: 30rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem;
  padding: 2rem; box-shadow: 0 .5rem 2rem rgb(0 0 0 / .08); }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 2rem 0 .75rem; font-size: 1.0625rem; }
p { margin: 0 0 1rem; }
code { overflow-wrap: anywhere; }
.soft, small { color: var(--soft); font-size: .875rem; }
.standin { margin: 0 0 1.5rem; padding: .625rem .875rem; border-radius: .5rem; background: var(--warn);
  color: var(--warn-ink); font-size: .875rem; }
.problem { padding: .625rem .875rem; border: 2px solid #c62828; border-radius: .5rem; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .625rem; }
button { font: inherit; cursor: pointer; border-radius: .5rem; padding: .625rem 1rem; border: 1px solid var(--line);
  background: transparent; color: inherit; }
button:hover { border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.user { width: 100%; text-align: left; display: grid; }
.user strong { font-size: 1.0625rem; }
.user span { overflow-wrap: anywhere; }
.primary { width: 100%; background: var(--accent); border-color: var(--accent); color: var(--on-accent);
  font-weight: 600; }
.plain { width: 100%; margin-top: 1rem; }
label { display: block; margin: .75rem 0 .25rem; font-weight: 600; }
label.tick { display: flex; gap: .5rem; align-items: center; font-weight: 400; }
input[type=text], input[type=email] { width: 100%; font: inherit; padding: .5rem .75rem; border-radius: .5rem;
  border: 1px solid var(--soft); background: transparent; color: inherit; }
input[type=checkbox] { width: 1.125rem; height: 1.125rem; accent-color: var(--accent); }
form .primary { margin-top: 1rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 1rem 0 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
`);

function page(status: number, title: string, content: Html): Reply {
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – stand-in user pool</title>
        <style>
          ${css}
        </style>
      </head>
      <body>
        <main>
          <p class="standin" role="note">
            <strong>Stand-in.</strong> This is not AWS: it stands in for a Cognito user pool in
            tests and in the demo. You need no password here.
          </p>
          ${content}
        </main>
      </body>
    </html> `;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      // No form-action: browsers would also apply it to the redirect to the app.
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
    body: text,
  };
}

function userButton({ name, attributes, about }: PoolUser): Html {
  const email = typeof attributes.email === 'string' ? attributes.email : 'no email';
  return html`<li>
    <button class="user" name="user" value="${name}">
      <strong>${name}</strong> <span>${email}</span> <small>${about}</small>
    </button>
  </li> `;
}

/** The Hosted UI's sign-in page: a button for each user of the pool, and a form for others. */
export function signInPage(users: PoolUser[], query: URLSearchParams, problem?: string): Reply {
  const action = `/login?${query.toString()}`;
  const provider = query.get('identity_provider') ?? query.get('idp_identifier');
  const content = html`<h1>Sign in</h1>
    <p class="soft">
      The app client <code>${query.get('client_id') ?? ''}</code> asks you to sign
      in${provider ? html` with <strong>${provider}</strong>` : ''}.
    </p>
    ${problem === undefined ? '' : html`<p class="problem" role="alert">${problem}</p>`}
    <h2 id="ready">As a user of the pool</h2>
    <form method="post" action="${action}" aria-labelledby="ready">
      <ul>
        ${users.map(userButton)}
      </ul>
    </form>
    <h2 id="other">As another user</h2>
    <form method="post" action="${action}" aria-labelledby="other">
      <label for="username">User name</label>
      <input
        type="text"
        id="username"
        name="username"
        required
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        value="${query.get('login_hint') ?? ''}"
        aria-describedby="username-help"
      />
      <small id="username-help"
        >A new name creates a user; a known one gets the email and the groups you fill in.</small
      >
      <label for="email">Email</label>
      <input
        type="email"
        id="email"
        name="email"
        autocomplete="off"
        aria-describedby="email-help"
      />
      <small id="email-help">If you leave this empty, the token has no email.</small>
      <label class="tick"
        ><input type="checkbox" name="email_verified" value="true" checked /> Email verified</label
      >
      <label for="groups">Groups</label>
      <input
        type="text"
        id="groups"
        name="groups"
        autocomplete="off"
        aria-describedby="groups-help"
      />
      <small id="groups-help">Separated by commas.</small>
      <button class="primary">Sign in</button>
    </form>
    <form method="post" action="${action}">
      <button class="plain" name="cancel" value="true">Cancel</button>
    </form>`;
  return page(problem === undefined ? 200 : 400, 'Sign in', content);
}

/** The page for errors that must not be sent to the app. */
export function errorPage(
  status: number,
  code: string,
  explanation: string,
  details: Record<string, string | undefined> = {},
): Reply {
  const rows = Object.entries(details).flatMap(([term, detail]) =>
    detail === undefined
      ? []
      : [
          html`<dt>${term}</dt>
            <dd><code>${detail}</code></dd>`,
        ],
  );
  return page(
    status,
    'Error',
    html`<h1>This request cannot be completed</h1>
      <p><code>${code}</code></p>
      <p>${explanation}</p>
      ${rows.length > 0 ? html`<dl>${rows}</dl>` : ''}`,
  );
}
