import { expectRefusal } from '../support/assertions';
import { Browser, type BrowserResponse } from '../support/browser';
import { withClockAhead, withConfig } from '../support/fixtures';
import {
  type Exchanged,
  FRONT_END,
  type Site,
  redirectParameters,
  startSite,
} from '../support/site';

/** A front-end's own `state`: sent to /api/connect/cognito, given back in the front-end's URL. */
const STATE = 'a.Random_value~of-the-front-end';

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

afterAll(() => site.stop());

const withState = (state: string, more: Record<string, string> = {}) =>
  `?${new URLSearchParams({ state, ...more }).toString()}`;

/** Begins a login at Cognito, and cancels it there. */
async function cancel(query: string): Promise<string> {
  const { location = '' } = await browser.get(site.connectUrl + query);
  return site.pool.authorize(location, 'ann', { cancel: true });
}

const connect = (query: string) => browser.get(site.connectUrl + query);

function expectRefused(response: BrowserResponse): string {
  expect(response.location).toBeUndefined();
  expect(response.headers['set-cookie'] ?? []).toEqual([]);
  const body = response.json<Exchanged>();
  expectRefusal({ status: response.status, body }, 'invalid_request');
  return body.error?.message ?? '';
}

describe('the state of a front-end', () => {
  test('comes back with the one-time code, which is valid', async () => {
    const parameters = redirectParameters(
      await browser.get(await site.signIn('ann', browser, withState(STATE))),
    );
    expect([...parameters.keys()]).toEqual(['access_token', 'state']);
    expect(parameters.get('state')).toBe(STATE);
    const { status } = await site.exchange({ access_token: parameters.get('access_token') ?? '' });
    expect(status).toBe(200);
  });

  test('comes back with an error of Cognito', async () => {
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
  ])('comes back if %s', async (_, error, end) => {
    const response = await end(await site.signIn('ann', browser, withState(STATE)));
    const parameters = Object.fromEntries(redirectParameters(response));
    expect(parameters).toMatchObject({ error, state: STATE });
  });

  test('comes back if the request is rate-limited', async () => {
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

  test('comes back with tokens, if the site puts them into the URL', async () => {
    await withConfig(site, { handoff: { mode: 'tokens' } }, async () => {
      const parameters = redirectParameters(
        await browser.get(await site.signIn('ann', browser, withState(STATE))),
      );
      expect([...parameters.keys()].at(-1)).toBe('state');
      expect(parameters.get('access_token')).toContain('.');
      expect(parameters.get('state')).toBe(STATE);
    });
  });

  test('comes back to the requested front-end, after its own parameter of this name', async () => {
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
    const stateOf = async (back: string) =>
      redirectParameters(await browser.get(back)).get('state');
    expect(await stateOf(two)).toBe('two');
    expect(await stateOf(none)).toBeNull();
    expect(await stateOf(one)).toBe('one');
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
    ['with a sign that a URL has its own use for', withState('a&b')],
    ['with a letter that is not ASCII', withState('ä')],
    ['with a line break', withState('a\nb')],
    ['with a line break at its end', withState('a\n')],
    ['that is given twice', '?state=a&state=b'],
    ['that is an object', '?state[a]=b'],
  ])('is refused: one %s', async (_, query) => {
    expect(expectRefused(await connect(query))).toContain('"state"');
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
