/**
 * Gives work a time limit. The work is not cancelled; its late result is ignored.
 *
 * @param ms milliseconds.
 * @throws {Error} of name `TimeoutError` if the work takes longer.
 */
export async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`took longer than ${ms} ms`);
    error.name = 'TimeoutError';
    timer = setTimeout(() => reject(error), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
