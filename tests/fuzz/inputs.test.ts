import fc from 'fast-check';
import Koa from 'koa';
import { IncomingMessage, ServerResponse } from 'node:http';
import { isIP, Socket } from 'node:net';
import { cleanUsername, findFreeUsername, preferredUsername } from '../../server/accounts/username';
import { coerceClaim } from '../../server/accounts/attributes';
import { toAddressKey } from '../../server/rate-limit/rate-limiter';
import { LoginCookies } from '../../server/login/login-cookie';
import { readParameters } from '../../server/login/parameters';
import {
  issuerFromJwksUrl,
  issuerFromUserPoolId,
  trustedIssuer,
  parseUserPoolDomain,
} from '../../server/protocol/endpoints';
import { quote } from '../../server/protocol/errors';
import { resolveFrontEndUrl, withParameters } from '../../server/settings/front-end-url';
import { hostileText, hostileValue, runs } from './runs';

describe('cookies', () => {
  const toSignedCookie = (header: string) => {
    const app = new Koa();
    app.keys = ['an app key'];
    const request = new IncomingMessage(new Socket());
    request.headers.cookie = header;
    return new LoginCookies(app.createContext(request, new ServerResponse(request)), false);
  };
  const pair = fc
    .tuple(
      fc.constantFrom('cognito-login.', '__Host-cognito-login.', '', 'x'),
      hostileText,
      hostileText,
    )
    .map(([prefix, name, value]) => `${prefix}${name.slice(0, 50)}=${value}`);

  test('that were not signed by us are no login, and cause no other error', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 60 }), hostileText, (pairs, state) => {
        expect(toSignedCookie(pairs.join('; ')).consume(state)).toBeUndefined();
      }),
      runs(),
    );
  });
});

test('parameters are strings from the request, or rejected with a code', () => {
  const names = ['access_token', 'id_token', 'state', '__proto__', 'constructor'] as const;
  fc.assert(
    fc.property(
      fc.oneof(fc.dictionary(fc.constantFrom(...names, 'other'), hostileValue), hostileValue),
      (from) => {
        try {
          for (const [name, value] of Object.entries(readParameters(from, names))) {
            expect(Object.hasOwn(from as object, name)).toBe(true);
            expect(value).toEqual(expect.stringMatching(/[^]/));
          }
        } catch (error) {
          expect(error).toMatchObject({ name: 'CognitoError', code: 'invalid_request' });
        }
      },
    ),
    runs(),
  );
});

describe('URLs', () => {
  const urlLike = fc.oneof(
    hostileText,
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc
      .tuple(
        fc.constantFrom('https://', 'http://', '', '//', 'HTTPS:\\\\'),
        hostileText,
        hostileText,
      )
      .map(([scheme, host, rest]) => `${scheme}${host}${rest}`),
    fc
      .tuple(
        hostileText,
        fc.constantFrom(
          '.auth.eu-west-1.amazoncognito.com',
          '@localhost',
          '/.well-known/jwks.json',
        ),
      )
      .map(([head, tail]) => `https://${head}${tail}`),
    fc
      .tuple(fc.constantFrom('http://localhost', '/path', 'com.app:'), hostileText)
      .map((parts) => parts.join('')),
  );
  const isSafe = (origin: string) =>
    /^https:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin) ||
    /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(origin);

  test('a Host URI is an https origin, or on this machine', () => {
    fc.assert(
      fc.property(urlLike, (text) => {
        const host = parseUserPoolDomain(text);
        if (host) expect(isSafe(host.origin)).toBe(true);
      }),
      runs(3),
    );
  });

  test('an issuer is only detected from AWS or this machine', () => {
    const aws = fc
      .tuple(
        fc.constantFrom('https://cognito-idp.eu-west-1.amazonaws.com/', 'https://cognito-idp.'),
        hostileText,
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(urlLike, aws, hostileValue), urlLike, (iss, text) => {
        const host = parseUserPoolDomain(text) ?? {
          origin: 'https://login.example.com',
          loopback: false,
        };
        const issuer = trustedIssuer(iss, host);
        if (!issuer) return;
        const own = host.loopback && issuer.canonical === host.origin;
        expect(
          own ||
            /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com\/[\w-]+$/.test(issuer.canonical),
        ).toBe(true);
      }),
      runs(3),
    );
  });

  test('keys are fetched over https, or from this machine', () => {
    fc.assert(
      fc.property(urlLike, (text) => {
        for (const issuer of [issuerFromJwksUrl(text), issuerFromUserPoolId(text)]) {
          // Any configured host, but no other scheme.
          const origin = issuer ? new URL(issuer.jwksUrl).origin : 'https://none';
          expect(origin.startsWith('https://') || isSafe(origin)).toBe(true);
        }
      }),
      runs(3),
    );
  });

  test('a front-end URL runs no script, keeps its origin if it is a path, and gets the parameters', () => {
    const sent = { access_token: 'the code', error: 'x&y=z#' };
    fc.assert(
      fc.property(urlLike, (text) => {
        const url = resolveFrontEndUrl(text, 'https://api.example.com/x');
        if (!url) return;
        expect(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:']).not.toContain(url.protocol);
        if (text.trim().startsWith('/')) expect(url.origin).toBe('https://api.example.com');
        const full = new URL(withParameters(url, sent));
        expect(full.origin).toBe(url.origin);
        for (const [name, value] of Object.entries(sent)) {
          expect(full.searchParams.getAll(name)).toEqual([value]);
        }
        expect(full.href).not.toMatch(/[\r\n]/);
      }),
      runs(3),
    );
  });
});

describe('claims', () => {
  test('a username is short, visible and on one line', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', '__proto__', 'b'), hostileValue), (claims) => {
        const username = preferredUsername(claims, ['a', '__proto__', 'b', 'constructor']);
        expect(Array.from(username).length).toBeLessThanOrEqual(200);
        expect(username).toBe(cleanUsername(username));
        expect(username).toMatch(/^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u);
      }),
      runs(3),
    );
  });

  test('a free username is found, however many are taken', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, fc.nat(5), async (text, usernames) => {
        let candidates = 0;
        const username = await findFreeUsername(cleanUsername(text) ?? 'user', () =>
          Promise.resolve((candidates += 1) <= usernames),
        );
        expect(candidates).toBe(usernames + 1);
        expect(Array.from(username).length).toBeGreaterThanOrEqual(3);
        expect(username.length).toBeLessThanOrEqual(2 * 207);
      }),
      runs(),
    );
  });

  test('a value is valid for its field, or left out', () => {
    const types = [
      'string',
      'text',
      'email',
      'integer',
      'biginteger',
      'float',
      'decimal',
      'boolean',
      'date',
      'datetime',
      'time',
      'enumeration',
      'json',
      'uid',
      'relation',
      'x',
    ];
    fc.assert(
      fc.property(hostileValue, fc.constantFrom(...types), (claim, type) => {
        const fitted = coerceClaim(claim, { type, enum: ['a'] });
        if (!('value' in fitted)) return;
        expect(['string', 'number', 'boolean']).toContain(typeof fitted.value);
        if (typeof fitted.value === 'number') expect(Number.isFinite(fitted.value)).toBe(true);
        if (typeof fitted.value === 'string') expect(fitted.value).not.toContain('\0');
      }),
      runs(3),
    );
  });
});

test('an address is one key of bounded length, and an invalid one is the connection’s', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), hostileText);
  fc.assert(
    fc.property(address, (text) => {
      const key = toAddressKey(text, '192.0.2.1');
      expect(key).toMatch(/^(\d+(\.\d+){3}|[0-9a-f]+(:[0-9a-f]+){3}::\/64)$/);
      if (!/[\d:]/.test(text)) expect(key).toBe('192.0.2.1');
      if (isIP(text) === 6) expect(toAddressKey(`[${text}]:1`, undefined)).toBe(key);
    }),
    runs(3),
  );
});

test('an untrusted value is logged as one short line', () => {
  fc.assert(
    fc.property(hostileValue, (value) => {
      const text = quote(value);
      expect(text.length).toBeLessThanOrEqual(120);
      expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }),
    runs(3),
  );
});
