/** @needs browser */
beforeAll(() => {
  throw new Error('A hook was run.');
});

test('is not run', () => {
  throw new Error('A test was run.');
});
