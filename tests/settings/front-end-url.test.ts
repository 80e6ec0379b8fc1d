import { resolveFrontEndUrl, withParameters } from '../../server/settings/front-end-url';

const BASE = 'https://api.example.com/api/connect';

test.each([
  ['https://www.example.com/redirect', 'https://www.example.com/redirect'],
  [
    'http://localhost:3000/connect/cognito/redirect',
    'http://localhost:3000/connect/cognito/redirect',
  ],
  ['/api/auth/cognito/callback', 'https://api.example.com/api/auth/cognito/callback'],
  ['com.example.app://login', 'com.example.app://login'],
])('takes %s', (text, href) => {
  expect(resolveFrontEndUrl(text, BASE)?.href).toBe(href);
});

test.each([
  '',
  'www.example.com',
  '//evil.example/x',
  '/\\evil.example/x',
  '/\t/evil.example/x',
  '/\n\\evil.example',
  'https://user:secret@www.example.com/',
  'javascript:alert(1)',
  ' JavaScript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  'https://www.example.com/?access_token=planted',
  'https://www.example.com/?error=planted',
])('refuses %p', (text) => {
  expect(resolveFrontEndUrl(text, BASE)).toBeUndefined();
});

test.each([
  ['https://a.example/x', 'https://a.example/x?access_token=c%20d'],
  ['https://a.example/x?y=1%202+3&y=4', 'https://a.example/x?y=1%202+3&y=4&access_token=c%20d'],
  ['https://a.example/#/route?z=1', 'https://a.example/?access_token=c%20d#/route?z=1'],
  ['app://login', 'app://login?access_token=c%20d'],
])('adds parameters to %s and keeps the rest', (url, expected) => {
  expect(withParameters(new URL(url), { access_token: 'c d' })).toBe(expected);
});
