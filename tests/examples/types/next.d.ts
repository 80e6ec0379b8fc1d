/** What the examples use of Next.js, which is too large to install for its types. */
declare module 'next/headers' {
  export function cookies(): Promise<{
    get(name: string): { name: string; value: string } | undefined;
  }>;
}
