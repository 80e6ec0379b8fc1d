/* The events that the plugin emits on `strapi.eventHub`. */
import { expectLoggedIn } from '../support/assertions';
import type { Site } from '../support/site';
import { logIn, waitForNotes, notes, setCode, useSite } from '../support/site-code';
import {
  updateUser,
  issueJwt,
  link,
  addPoolUser,
  createUser,
  unlink,
  withUsers,
} from '../support/users';

const EVENTS = ['cognito.login', 'cognito.refused', 'cognito.linked', 'cognito.unlinked'];

const site = useSite({
  files: {
    'src/own.js': `'use strict';
const own = {
  code: {},
  notes: [],
  set(source) {
    own.notes = [];
    own.code = new Function('require', 'own', 'return ' + source)(require, own);
  },
  clear: async () => undefined,
};
globalThis.own = own;
module.exports = own;
`,
    'src/extensions/users-permissions/strapi-server.js': `'use strict';
const own = require('../../own');
module.exports = (plugin) => {
  const { providers, jwt } = plugin.services;
  plugin.services.providers = (context) => {
    const service = providers(context);
    const connect = async (...call) => {
      const user = await service.connect(...call);
      await own.code.afterConnect?.(user);
      return user;
    };
    return { ...service, connect };
  };
  plugin.services.jwt = (context) => {
    const service = jwt(context);
    return { ...service, issue: (...call) => own.code.issue?.() ?? service.issue(...call) };
  };
  return plugin;
};
`,
    'src/index.js': `'use strict';
const own = require('./own');
module.exports = {
  register() {},
  bootstrap({ strapi }) {
    const { emit } = strapi.eventHub;
    strapi.eventHub.emit = (...call) => {
      const emitted = emit.apply(strapi.eventHub, call);
      return own.code.emit ? own.code.emit() : emitted;
    };
    for (const event of ${JSON.stringify(EVENTS)}) {
      strapi.eventHub.on(event, (payload, ...more) => {
        own.notes.push({ event, payload, more: more.length });
        return own.code.listener?.(event, payload);
      });
    }
  },
};
`,
  },
});

interface EmittedEvent {
  event: string;
  payload: Record<string, unknown>;
  more: number;
}

/** The events since the last call; they are emitted after the response. */
async function readEvents(of: Site, count: number): Promise<Omit<EmittedEvent, 'more'>[]> {
  await waitForNotes(of, count);
  const all = await notes<EmittedEvent>(of);
  return all.map(({ event, payload }) => ({ event, payload }));
}

const login = (payload: object) => ({ event: 'cognito.login', payload });

describe('cognito.login', () => {
  test('has the user, and whether they are new', async () => {
    const name = addPoolUser(site());
    const userId = expectLoggedIn(await logIn(site(), name)).user.id;
    await logIn(site(), name);
    expect(await readEvents(site(), 2)).toEqual([
      login({ userId, new: true, linked: false, adopted: false }),
      login({ userId, new: false, linked: false, adopted: false }),
    ]);
  });

  test('reports that a user was adopted', async () => {
    const name = addPoolUser(site());
    const { id: userId } = await createUser(site(), {
      provider: 'cognito',
      email: `${name}@example.com`,
    });
    await logIn(site(), name);
    await logIn(site(), name);
    expect(await readEvents(site(), 2)).toEqual([
      login({ userId, new: false, linked: false, adopted: true }),
      login({ userId, new: false, linked: false, adopted: false }),
    ]);
  });

  test('reports that a user was linked by a verified email', async () => {
    await site().strapi.advanced({ email_confirmation: true });
    const name = addPoolUser(site());
    const { id: userId } = await createUser(site(), { email: `${name}@example.com` });
    await withUsers(site(), { linking: 'verified-email' }, async () => {
      expectLoggedIn(await logIn(site(), name));
    });
    const events = await readEvents(site(), 1);
    expect(events).toContainEqual(login({ userId, new: false, linked: true, adopted: false }));
  });

  test('is emitted once for a login in the browser', async () => {
    const { user } = expectLoggedIn(await site().loginAs(addPoolUser(site())));
    expect(await readEvents(site(), 1)).toEqual([
      login({ userId: user.id, new: true, linked: false, adopted: false }),
    ]);
  });

  test('is emitted for each of twenty concurrent first logins, and one of them is new', async () => {
    const name = addPoolUser(site());
    const answers = await Promise.all(Array.from({ length: 20 }, () => logIn(site(), name)));
    const [userId, ...others] = new Set(answers.map((answer) => expectLoggedIn(answer).user.id));
    expect(others).toEqual([]);
    const events = await readEvents(site(), 20);
    expect(events).toHaveLength(20);
    expect(
      events.every(({ event, payload }) => event === 'cognito.login' && payload.userId === userId),
    ).toBe(true);
    expect(events.filter(({ payload }) => payload.new === true)).toHaveLength(1);
  });
});

describe('cognito.refused', () => {
  test.each<[string, string, () => Promise<unknown>]>([
    [
      'email_not_verified',
      'an unverified email',
      () => logIn(site(), addPoolUser(site(), { attributes: { email_verified: false } })),
    ],
    ['token_malformed', 'no token', () => site().exchange({ id_token: 'a.b.c' })],
    ['login_expired', 'a guessed code', () => site().exchange({ access_token: 'A'.repeat(43) })],
    ['invalid_request', 'nothing', () => site().exchange({})],
  ])('has %s, for %s, and the step', async (code, _title, refuse) => {
    await refuse();
    const [event, ...more] = await readEvents(site(), 1);
    expect(more).toEqual([]);
    expect(event).toEqual({
      event: 'cognito.refused',
      payload: { code, step: expect.stringMatching(/\w/) as string },
    });
  });

  test('is emitted, and no login, if a user is blocked', async () => {
    const name = addPoolUser(site());
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    await updateUser(site(), id, { blocked: true });
    await logIn(site(), name);
    const events = await readEvents(site(), 2);
    expect(events.map(({ event }) => event)).toEqual(['cognito.login', 'cognito.refused']);
    expect(events[1]?.payload.code).toBe('user_blocked');
  });
});

describe('a user whom the site refuses after the plugin has accepted them', () => {
  const refuse = `() => { throw new Error('Only for employees'); }`;

  test.each([
    ['providers.connect', { afterConnect: refuse }],
    ['jwt.issue', { issue: refuse }],
  ])('by a wrap of %s is refused, and not logged in', async (_, code) => {
    await setCode(site(), code);
    const answer = await logIn(site(), addPoolUser(site()));
    expect(answer.body.error?.message).toBe('Only for employees');
    const payload = { code: 'registration_refused', step: 'exchange' };
    expect(await readEvents(site(), 1)).toEqual([{ event: 'cognito.refused', payload }]);
    await site().strapi.run(async (strapi) => {
      await strapi.plugin('cognito').service('login-records').flush?.();
    });
    expect(await site().rows('login-record')).toMatchObject([{ outcome: 'registration_refused' }]);
  });
});

describe('cognito.linked and cognito.unlinked', () => {
  test('have the user', async () => {
    const { id: userId } = await createUser(site(), { password: 'Password-1' });
    const jwt = await issueJwt(site(), { id: userId });
    const { id_token } = site().pool.tokensFor(addPoolUser(site()));
    expect((await link(site(), jwt, { id_token })).status).toBe(200);
    expect((await unlink(site(), jwt)).status).toBeLessThan(300);
    expect(await readEvents(site(), 2)).toEqual([
      { event: 'cognito.linked', payload: { userId } },
      { event: 'cognito.unlinked', payload: { userId } },
    ]);
  });
});

test('nothing is emitted for a link that exists already, or that does not exist', async () => {
  const { id: userId } = await createUser(site(), { password: 'Password-1' });
  const jwt = await issueJwt(site(), { id: userId });
  const { id_token } = site().pool.tokensFor(addPoolUser(site()));
  await unlink(site(), jwt);
  expect((await link(site(), jwt, { id_token })).status).toBe(200);
  expect((await link(site(), jwt, { id_token })).status).toBe(200);
  await unlink(site(), jwt);
  await unlink(site(), jwt);
  // The last event.
  await link(site(), jwt, { id_token: 'a.b.c' });
  expect(await readEvents(site(), 3)).toMatchObject([
    { event: 'cognito.linked', payload: { userId } },
    { event: 'cognito.unlinked', payload: { userId } },
    { event: 'cognito.refused' },
  ]);
});

describe('a listener that', () => {
  test.each([
    ['throws', `() => { throw new Error('the listener is broken'); }`],
    ['rejects', `async () => { throw new Error('the listener is broken'); }`],
    [
      'rejects later',
      `() => new Promise((_, reject) => setTimeout(() => reject(new Error('broken')), 50))`,
    ],
    ['never ends', `() => new Promise(() => undefined)`],
    ['throws undefined', `() => { throw undefined; }`],
  ])('%s does not affect a login', async (_, listener) => {
    await setCode(site(), { listener });
    const name = addPoolUser(site());
    const { user, jwt } = expectLoggedIn(await logIn(site(), name));
    expect((await site().me(jwt)).status).toBe(200);
    expect(
      (await logIn(site(), addPoolUser(site(), { attributes: { email_verified: false } }))).status,
    ).toBe(403);
    await waitForNotes(site(), 2);
    // Strapi still runs after the late errors.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(expectLoggedIn(await logIn(site(), name)).user.id).toBe(user.id);
  });
});

test.each([
  ['returns nothing', '() => undefined'],
  ['throws', `() => { throw new Error('The queue is full'); }`],
])('an emit of the site that %s does not affect a login', async (_, emit) => {
  await setCode(site(), { emit });
  const name = addPoolUser(site());
  for (let turn = 1; turn <= 2; turn += 1) {
    expectLoggedIn(await logIn(site(), name));
    await waitForNotes(site(), turn);
  }
});

test('they contain no token, no claim and no IP address', async () => {
  const name = addPoolUser(site(), {
    username: 'Very-Own-Name',
    attributes: { given_name: 'Zoë-of-the-claims' },
  });
  const { sub } = site().pool.user(name);
  await logIn(site(), name);
  await site().loginAs(name);
  await logIn(site(), addPoolUser(site(), { attributes: { email_verified: false } }));
  await site().exchange({ id_token: site().pool.tokensFor(name).access_token });
  const events = await notes<EmittedEvent>(site()).then(() => readEvents(site(), 4));
  const text = JSON.stringify(events);
  for (const word of [sub, name, '@example.com', 'eyJ', 'Very-Own-Name', 'Zoë', '127.0.0.1']) {
    expect(text).not.toContain(word);
  }
  const keys = new Set(events.flatMap(({ payload }) => Object.keys(payload)));
  expect([...keys].sort()).toEqual(['adopted', 'code', 'linked', 'new', 'step', 'userId']);
});
