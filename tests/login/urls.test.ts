import type { Strapi } from '../../server/strapi';
import { redirectUri, redirectUrl } from '../../server/urls';

interface Server {
  url?: string;
  host?: string;
  port?: number;
}

/** A Strapi whose users-permissions builds this redirect URI. */
const strapiWith = (built: unknown, server: Server) =>
  ({
    config: { get: (key: string) => (key === 'server' ? server : '/api') },
    plugin: () => ({
      service: () => (built === undefined ? {} : { buildRedirectUri: () => built }),
    }),
  }) as unknown as Strapi;

const PATH = '/api/connect/cognito/callback';

describe('the redirect URI', () => {
  test.each<[string, unknown, Server, string]>([
    ['as users-permissions builds it', 'https://a.example/x', {}, 'https://a.example/x'],
    ['of a path', PATH, { url: 'https://a.example/cms/' }, `https://a.example/cms${PATH}`],
    ['of nothing', undefined, { url: 'http://a.example' }, `http://a.example${PATH}`],
    [
      'of an IPv6 host',
      `http://:::1337${PATH}`,
      { url: '', host: '::', port: 1337 },
      `http://[::]:1337${PATH}`,
    ],
    [
      'of a host without a public URL',
      undefined,
      { url: '/strapi', host: '0.0.0.0', port: 80 },
      `http://0.0.0.0:80${PATH}`,
    ],
    ['of another scheme and no host', 'javascript:alert(1)', {}, `http://0.0.0.0${PATH}`],
  ])('%s', (_name, built, server, expected) => {
    const strapi = strapiWith(built, server);
    expect(redirectUri(strapi)).toBe(expected);
    expect(() => redirectUrl(strapi)).not.toThrow();
  });
});
