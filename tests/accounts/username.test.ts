import { cleanUsername, findFreeUsername, preferredUsername } from '../../server/accounts/username';

const SUFFIXED = /-[a-z0-9]{6}$/;
const nobody = () => Promise.resolve(false);

describe('cleanUsername', () => {
  test.each([
    ['ann', 'ann'],
    ['  Ann   Lee ', 'Ann Lee'],
    ['Зоя', 'Зоя'],
    ['山田太郎', '山田太郎'],
    ['e\u0301lise', 'élise'],
    ['an\u0000n\u202e\ud800', 'ann'],
    ['a\nb\tc', 'a b c'],
  ])('%p becomes %p', (claim, username) => {
    expect(cleanUsername(claim)).toBe(username);
  });

  test.each([undefined, null, 7, ['ann'], '', '   ', '\u0000'])('%p results in none', (claim) => {
    expect(cleanUsername(claim)).toBeUndefined();
  });

  test('leaves space for a suffix, and splits no character', () => {
    expect(Array.from(cleanUsername('😀'.repeat(300))!)).toEqual(Array(200).fill('😀'));
  });
});

test('the first claim with a valid username is preferred', () => {
  const claims = { preferred_username: ' ', 'cognito:username': 'ann', email: 'a@example.com' };
  expect(preferredUsername(claims, ['preferred_username', 'cognito:username'])).toBe('ann');
  expect(preferredUsername(claims, ['email', 'cognito:username'])).toBe('a@example.com');
  expect(preferredUsername(claims, ['toString'])).toBe('user');
});

test('a free username is used unchanged', async () => {
  await expect(findFreeUsername('ann', nobody)).resolves.toBe('ann');
});

test('one that is too short gets a suffix', async () => {
  await expect(findFreeUsername('al', nobody)).resolves.toMatch(/^al-[a-z0-9]{6}$/);
});

test('a username of another user gets other suffixes until it is free', async () => {
  const asked: string[] = [];
  const username = await findFreeUsername('ann', (candidate) => {
    asked.push(candidate);
    return Promise.resolve(asked.length < 4);
  });
  expect(asked[0]).toBe('ann');
  expect(new Set(asked).size).toBe(4);
  expect(username).toMatch(SUFFIXED);
});
