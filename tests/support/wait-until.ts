/** Polls a condition until it is true, for at most this many seconds. */
export async function waitUntil(
  seconds: number,
  condition: () => Promise<boolean>,
): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
