/** What is asked for again and again until it is so, no longer than the contract allows. */
export async function waitUntil(seconds: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await isSo()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
