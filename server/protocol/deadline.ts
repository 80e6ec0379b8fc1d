/**
 * Gives work a deadline. What is late goes on by itself, and its end is nobody's business any more.
 *
 * @param ms milliseconds.
 * @throws {Error} of name `TimeoutError` where the work takes longer.
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`took longer than ${ms} ms`);
    error.name = 'TimeoutError';
    timer = setTimeout(() => reject(error), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
