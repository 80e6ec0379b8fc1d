import { expectLoggedIn, expectRefusedHere } from '../support/assertions';
import { Browser, type BrowserResponse } from '../support/browser';
import { withClockAhead, withConfig } from '../support/fixtures';
import { FRONT_END, type Site, redirectParameters, startSite } from '../support/site';

const HOUR = 60 * 60;

let site: Site;
let browser: Browser;

beforeAll(async () => {
  site = await startSite();
});

beforeEach(() => {
  browser = new Browser();
});

afterEach(() => {
  site.pool.clearChanges();
  site.pool.forgetRequests();
});

/** A tab that is about to open the callback. */
const tab = (name: string, query = '') => site.signIn(name, browser, query);

async function tabs(people: string[]): Promise<string[]> {
  const backs: string[] = [];
  for (const name of people) backs.push(await tab(name));
  return backs;
}

const pending = () =>
  browser.cookies(site.strapi.url).filter(({ name }) => name.includes('cognito-login'));

/** The front-end of a tab exchanges its code. Returns the user. */
async function expectEnd(response: BrowserResponse, name: string): Promise<void> {
  const parameters = redirectParameters(response);
  expect(parameters.get('error')).toBeNull();
  const answer = await site.exchange({ access_token: parameters.get('access_token') ?? '' });
  const { email } = site.pool.user(name).attributes;
  expect(expectLoggedIn(answer).user).toMatchObject({ email });
}

const getError = (response: BrowserResponse) => redirectParameters(response).get('error');

describe('two tabs of one browser', () => {
  test.each([
    ['the first', ['ann', 'nia']],
    ['the second', ['nia', 'ann']],
  ])('both succeed if %s returns first', async (_, order) => {
    const backs = { ann: await tab('ann'), nia: await tab('nia') };
    for (const name of order) {
      await expectEnd(await browser.get(backs[name as 'ann' | 'nia']), name);
    }
    expect(pending()).toEqual([]);
  });

  test('both succeed if both exchanges come last', async () => {
    const [ann, nia] = await tabs(['ann', 'nia']);
    const [first, second] = [await browser.get(nia!), await browser.get(ann!)];
    await expectEnd(second, 'ann');
    await expectEnd(first, 'nia');
  });

  test('both succeed if they return at the same time', async () => {
    const backs = await tabs(['ann', 'nia']);
    const [ann, nia] = await Promise.all(backs.map((back) => browser.get(back)));
    await Promise.all([expectEnd(ann!, 'ann'), expectEnd(nia!, 'nia')]);
    expect(pending()).toEqual([]);
  });

  test('both succeed if they start at the same time', async () => {
    const people = ['ann', 'nia', 'gil', 'ann'];
    // Each is sent before the first response, so without the cookies of the others.
    const backs = await Promise.all(people.map((name) => tab(name)));
    expect(pending()).toHaveLength(4);
    for (const [index, back] of [...backs.entries()].reverse()) {
      await expectEnd(await browser.get(back), people[index]!);
    }
    expect(pending()).toEqual([]);
  });

  test('redirect to their own front-ends', async () => {
    const asked = (n: number) => `?callback=${encodeURIComponent(`${FRONT_END}?tab=${String(n)}`)}`;
    const backs = [await tab('ann', asked(1)), await tab('nia', asked(2))];
    const [two, one] = [await browser.get(backs[1]!), await browser.get(backs[0]!)];
    expect(redirectParameters(one).get('tab')).toBe('1');
    expect(redirectParameters(two).get('tab')).toBe('2');
  });

  test('of which one fails: the other one succeeds', async () => {
    const [ann, nia] = await tabs(['ann', 'nia']);
    site.pool.injectFault('token', { status: 503, times: 1 });
    expect(getError(await browser.get(ann!))).toBe('cognito_unavailable');
    await expectEnd(await browser.get(nia!), 'nia');
  });

  test('of which one cancels: the other one succeeds', async () => {
    const nia = await tab('nia');
    const { location = '' } = await browser.get(site.connectUrl);
    const cancelled = await site.pool.authorize(location, 'ann', { cancel: true });
    expect(getError(await browser.get(cancelled))).toBe('access_denied');
    await expectEnd(await browser.get(nia), 'nia');
    expect(pending()).toEqual([]);
  });

  test('cannot exchange their codes or their states', async () => {
    const [ann, nia] = (await tabs(['ann', 'nia'])).map((back) => new URL(back));
    const swapped = new URL(ann!);
    swapped.searchParams.set('code', nia!.searchParams.get('code') ?? '');
    expect(getError(await browser.get(swapped.href))).toBe('cognito_refused');
    // Consumed, whatever the result.
    expect(getError(await browser.get(ann!.href))).toBe('invalid_request');
  });
});

test('five tabs at the same time all succeed, in any order', async () => {
  const people = ['ann', 'nia', 'gil', 'nia', 'ann'];
  const backs = await tabs(people);
  for (const index of [3, 0, 4, 2, 1]) {
    await expectEnd(await browser.get(backs[index]!), people[index]!);
  }
  expect(pending()).toEqual([]);
});

test('of six tabs the oldest fails with a message, and the other five succeed', async () => {
  const people = ['ann', 'nia', 'gil', 'ann', 'nia', 'gil'];
  const backs = await tabs(people);
  expect(pending()).toHaveLength(5);
  const oldest = await browser.get(backs[0]!);
  expect(getError(oldest)).toBe('invalid_request');
  expect(redirectParameters(oldest).get('error_description')).toMatch(/log in again/i);
  for (const index of [5, 1, 4, 2, 3]) {
    await expectEnd(await browser.get(backs[index]!), people[index]!);
  }
});

test('many unfinished logins do not fill the browser’s cookies', async () => {
  for (let n = 0; n < 20; n += 1) await browser.get(site.connectUrl);
  const size = browser
    .cookies(site.strapi.url)
    .map(({ name, value }) => name.length + value.length);
  expect(size.reduce((sum, each) => sum + each, 0)).toBeLessThan(5_000);
  await expectEnd(await browser.get(await tab('ann')), 'ann');
});

describe('one callback opened twice', () => {
  test('works once', async () => {
    const back = await tab('ann');
    await expectEnd(await browser.get(back), 'ann');
    site.pool.forgetRequests();
    const again = await browser.get(back);
    expect(getError(again)).toBe('invalid_request');
    expect(redirectParameters(again).has('access_token')).toBe(false);
    expect(site.pool.requests).toEqual([]);
  });

  test('at the same moment works once', async () => {
    const back = await tab('ann');
    const answers = await Promise.all([1, 2, 3].map(() => browser.get(back)));
    const good = answers.filter((answer) => redirectParameters(answer).has('access_token'));
    expect(good).toHaveLength(1);
    await expectEnd(good[0]!, 'ann');
  });

  test('does not affect another tab', async () => {
    const [ann, nia] = await tabs(['ann', 'nia']);
    await browser.get(ann!);
    await browser.get(ann!);
    await expectEnd(await browser.get(nia!), 'nia');
  });
});

describe('a tab left open', () => {
  test('expires after an hour with a message; a newer one succeeds', async () => {
    const old = await tab('ann');
    await withClockAhead(site, HOUR + 60, async () => {
      site.pool.advanceClock(HOUR + 60);
      const fresh = await tab('nia');
      const late = await browser.get(old);
      expect(getError(late)).toBe('login_expired');
      expect(late.location?.startsWith(`${FRONT_END}?`)).toBe(true);
      expect(redirectParameters(late).get('error_description')).toMatch(/took too long/i);
      expect(site.pool.count('/oauth2/token')).toBe(0);
      await expectEnd(await browser.get(fresh), 'nia');
    });
    // A login that is too late is consumed.
    expect(getError(await browser.get(old))).toBe('invalid_request');
  });

  test('succeeds just before', async () => {
    const back = await tab('ann');
    const end = await withClockAhead(site, HOUR - 60, () => browser.get(back));
    expect(redirectParameters(end).has('access_token')).toBe(true);
  });

  test('too long redirects to the requested front-end', async () => {
    const asked = `${FRONT_END}?tab=1`;
    const back = await tab('ann', `?callback=${encodeURIComponent(asked)}`);
    const { location } = await withClockAhead(site, HOUR + 60, () => browser.get(back));
    expect(location?.startsWith(`${asked}&error=login_expired&`)).toBe(true);
  });
});

describe('another browser', () => {
  test('cannot complete a login, and does not consume it', async () => {
    const back = await tab('ann');
    expect(getError(await new Browser().get(back))).toBe('invalid_request');
    expect(site.pool.count('/oauth2/token')).toBe(0);
    await expectEnd(await browser.get(back), 'ann');
  });

  test('with its own login cannot either', async () => {
    const back = await tab('ann');
    const other = new Browser();
    await site.signIn('nia', other);
    expect(getError(await other.get(back))).toBe('invalid_request');
  });
});

/** A front-end's own `state`: sent to /api/connect/cognito, and returned in the front-end's URL. */
const STATE = 'a.Random_value~of-the-front-end';

const withState = (state: string, more: Record<string, string> = {}) =>
  `?${new URLSearchParams({ state, ...more }).toString()}`;

/** Starts a login, and cancels it at Cognito. */
async function cancel(query: string): Promise<string> {
  const { location = '' } = await browser.get(site.connectUrl + query);
  return site.pool.authorize(location, 'ann', { cancel: true });
}

const connect = (query: string) => browser.get(site.connectUrl + query);

describe('the state of a front-end', () => {
  test('is returned with the one-time code, which is valid', async () => {
    const parameters = redirectParameters(
      await browser.get(await site.signIn('ann', browser, withState(STATE))),
    );
    expect([...parameters.keys()]).toEqual(['access_token', 'state']);
    expect(parameters.get('state')).toBe(STATE);
    const { status } = await site.exchange({ access_token: parameters.get('access_token') ?? '' });
    expect(status).toBe(200);
  });

  test('is returned with an error of Cognito', async () => {
    const parameters = redirectParameters(await browser.get(await cancel(withState(STATE))));
    expect([...parameters.keys()]).toEqual(['error', 'error_description', 'state']);
    expect(parameters.get('error')).toBe('access_denied');
    expect(parameters.get('state')).toBe(STATE);
  });

  test.each<[string, string, (back: string) => Promise<BrowserResponse>]>([
    [
      'Cognito cannot be reached',
      'cognito_unavailable',
      (back) => {
        site.pool.injectFault('token', { status: 503, times: 1 });
        return browser.get(back);
      },
    ],
    [
      'the login took too long',
      'login_expired',
      (back) => withClockAhead(site, 3700, () => browser.get(back)),
    ],
    [
      'the authorization code is missing',
      'invalid_request',
      (back) => browser.get(back.replace(/([?&])code=/, '$1other=')),
    ],
  ])('is returned if %s', async (_, error, end) => {
    const response = await end(await site.signIn('ann', browser, withState(STATE)));
    const parameters = Object.fromEntries(redirectParameters(response));
    expect(parameters).toMatchObject({ error, state: STATE });
  });

  test('is returned if the request is rate-limited', async () => {
    await withConfig(site, { rateLimit: { enabled: true, failures: 1 } }, async () => {
      const back = await site.signIn('ann', browser, withState(STATE));
      let response: BrowserResponse;
      do {
        response = await new Browser().get(back.replace(/state=[^&]+/, 'state=guessed'));
      } while (redirectParameters(response).get('error') !== 'too_many_requests');
      const parameters = Object.fromEntries(redirectParameters(await browser.get(back)));
      expect(parameters).toMatchObject({ error: 'too_many_requests', state: STATE });
    });
  });

  test('is returned with tokens, if the site puts them into the URL', async () => {
    await withConfig(site, { handoff: { mode: 'tokens' } }, async () => {
      const parameters = redirectParameters(
        await browser.get(await site.signIn('ann', browser, withState(STATE))),
      );
      expect([...parameters.keys()].at(-1)).toBe('state');
      expect(parameters.get('access_token')).toContain('.');
      expect(parameters.get('state')).toBe(STATE);
    });
  });

  test('is returned to the requested front-end, after its own parameter of this name', async () => {
    const callback = `${FRONT_END}?state=california#/login`;
    const back = await site.signIn('ann', browser, withState(STATE, { callback }));
    const { location = '' } = await browser.get(back);
    expect(location).toMatch(
      /\/redirect\?state=california&access_token=[\w-]+&state=a\.Random_value%7Eof-the-front-end#\/login$/,
    );
  });

  test('belongs to one login: two tabs each get their own', async () => {
    const one = await site.signIn('ann', browser, withState('one'));
    const none = await site.signIn('ann', browser);
    const two = await site.signIn('nia', browser, withState('two'));
    const getState = async (back: string) =>
      redirectParameters(await browser.get(back)).get('state');
    expect(await getState(two)).toBe('two');
    expect(await getState(none)).toBeNull();
    expect(await getState(one)).toBe('one');
  });

  test('is not given to another browser that opens the callback', async () => {
    const back = await site.signIn('ann', browser, withState(STATE));
    const parameters = redirectParameters(await new Browser().get(back));
    expect(parameters.get('error')).toBe('invalid_request');
    expect(parameters.has('state')).toBe(false);
  });

  test('is not read from the callback URL', async () => {
    const back = await site.signIn('ann', browser, withState(STATE));
    const own = new URL(back).searchParams.get('state') ?? '';
    const parameters = redirectParameters(await browser.get(back));
    expect(parameters.getAll('state')).toEqual([STATE]);
    expect(parameters.toString()).not.toContain(own);
  });

  test('never goes to Cognito', async () => {
    const { location = '' } = await connect(withState(STATE));
    expect(new URL(location).searchParams.getAll('state')).toHaveLength(1);
    expect(location).not.toContain(STATE);
  });

  test('may have 128 characters', async () => {
    const longest = '~'.repeat(128);
    const back = await site.signIn('ann', browser, withState(longest));
    expect(redirectParameters(await browser.get(back)).get('state')).toBe(longest);
  });
});

describe('an invalid state', () => {
  test.each([
    ['that is too long', withState('a'.repeat(129))],
    ['with a space', withState('a b')],
    ['with a character that is special in a URL', withState('a&b')],
    ['with a letter that is not ASCII', withState('ä')],
    ['with a line break', withState('a\nb')],
    ['with a line break at its end', withState('a\n')],
    ['that is given twice', '?state=a&state=b'],
    ['that is an object', '?state[a]=b'],
  ])('is refused: one %s', async (_, query) => {
    expect(expectRefusedHere(await connect(query), 'invalid_request')).toContain('"state"');
  });
});

describe('a front-end without a state', () => {
  test.each(['', '?state='])('gets none (%p)', async (query) => {
    const good = redirectParameters(await browser.get(await site.signIn('ann', browser, query)));
    expect([...good.keys()]).toEqual(['access_token']);
    const bad = redirectParameters(await browser.get(await cancel(query)));
    expect([...bad.keys()]).toEqual(['error', 'error_description']);
  });

  test('may have a parameter of this name in its own URL', async () => {
    const callback = `${FRONT_END}?state=california`;
    const query = `?callback=${encodeURIComponent(callback)}`;
    const parameters = redirectParameters(
      await browser.get(await site.signIn('ann', browser, query)),
    );
    expect([...parameters]).toEqual([
      ['state', 'california'],
      ['access_token', expect.stringMatching(/^[\w-]{43}$/)],
    ]);
  });
});
