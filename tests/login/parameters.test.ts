import { parse } from 'qs';
import { readParameters } from '../../server/login/parameters';
import { caughtError } from '../support/caught-error';

const NAMES = ['code', 'state'] as const;
const read = (from: unknown) => readParameters(from, NAMES);

test('reads only the named parameters', () => {
  expect(read({ code: 'a', state: 'b', other: ['c'] })).toEqual({ code: 'a', state: 'b' });
  expect(read({ state: 'b' })).toEqual({ state: 'b' });
});

test('an empty one is absent', () => {
  expect(read({ code: '', state: 'b' })).toEqual({ state: 'b' });
});

test('a value is not trimmed or changed', () => {
  expect(read({ code: ' a+b%20\n' })).toEqual({ code: ' a+b%20\n' });
});

test.each([undefined, null, '', 'code=a', 7, true, [], ['code'], () => 'a'])(
  '%p has no parameters',
  (from) => {
    expect(read(from)).toEqual({});
  },
);

test.each<[string, unknown]>([
  ['twice', ['a', 'b']],
  ['twice the same', ['a', 'a']],
  ['a list of one', ['a']],
  ['an empty list', []],
  ['an object', { a: 'b' }],
  ['a number', 7],
  ['zero', 0],
  ['true', true],
  ['null', null],
  ['undefined', undefined],
  ['an object that would be a string', { toString: () => 'a' }],
  ['a boxed string', Object('a')],
])('%s is invalid_request, which names the parameter', async (_, code) => {
  const error = await caughtError(() => read({ code, state: 'b' }));
  expect(error).toMatchObject({ code: 'invalid_request', status: 400 });
  expect(error.message).toBe('"code" must be given once, as a string.');
});

test.each(['code=a&code=b', 'code[]=a', 'code[0]=a', 'code[x]=a', 'code=a&code[x]=b'])(
  'the query %s is invalid_request, as Koa in Strapi parses it',
  async (query) => {
    expect((await caughtError(() => read(parse(query)))).code).toBe('invalid_request');
  },
);

test('a property of every object is not a parameter', () => {
  expect(readParameters({}, ['toString', 'constructor', '__proto__'])).toEqual({});
  expect(read(Object.create({ code: 'inherited' }))).toEqual({});
});

test('a body without a prototype is read like any other', () => {
  expect(read(Object.assign(Object.create(null) as object, { code: 'a' }))).toEqual({ code: 'a' });
});
