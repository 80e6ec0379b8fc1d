import { useCallback, useEffect, useRef, useState } from 'react';

/** A request to Strapi, and its last result. */
export interface Request<Body> {
  /** Stays during another request, and if that request fails. */
  readonly data: Body | undefined;
  /** Why the last request failed. */
  readonly error: unknown;
  readonly isFetching: boolean;
  refetch: () => void;
  /** Replaces the data, and ignores the response of a request in progress, which is older. */
  replace: (data: Body) => void;
}

/**
 * Requests something when the component appears, when `load` changes, and when the browser is online again.
 *
 * @param load keep the same function until you want to request something else; `undefined` requests nothing.
 * @param subject identifies the data. During a request, data of another subject is not shown.
 */
export function useRequest<Body>(
  load: ((signal: AbortSignal) => Promise<Body>) | undefined,
  subject?: number,
): Request<Body> {
  const [last, setLast] = useState<{ subject: number | undefined; body: Body }>();
  const [error, setError] = useState<unknown>();
  const [isFetching, setIsFetching] = useState(load !== undefined);
  const running = useRef<AbortController>();

  const refetch = useCallback(() => {
    running.current?.abort();
    if (!load) return;
    const controller = new AbortController();
    const { signal } = controller;
    running.current = controller;
    setIsFetching(true);
    load(signal)
      .then(
        (body) => {
          if (signal.aborted) return;
          setLast({ subject, body });
          setError(undefined);
        },
        (reason: unknown) => {
          if (!signal.aborted) setError(reason);
        },
      )
      .finally(() => {
        if (!signal.aborted) setIsFetching(false);
      });
  }, [load, subject]);

  const replace = useCallback(
    (body: Body) => {
      running.current?.abort();
      setLast({ subject, body });
      setError(undefined);
      setIsFetching(false);
    },
    [subject],
  );

  useEffect(() => {
    refetch();
    window.addEventListener('online', refetch);
    return () => {
      window.removeEventListener('online', refetch);
      running.current?.abort();
    };
  }, [refetch]);

  const data = last && last.subject === subject ? last.body : undefined;
  return { data, error, isFetching, refetch, replace };
}

/** An action that the admin starts with a button, such as saving. */
export interface Action<Input, Result> {
  readonly isRunning: boolean;
  /** Why it failed the last time. */
  readonly error: unknown;
  run: (input: Input, then: Then<Result>) => void;
  reset: () => void;
}

interface Then<Result> {
  readonly onSuccess: (result: Result) => void;
  readonly onError?: (error: unknown) => void;
}

/** Keeps track of a call that changes something. */
export function useAction<Input, Result>(
  work: (input: Input) => Promise<Result>,
): Action<Input, Result> {
  const [isRunning, setIsRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const run: Action<Input, Result>['run'] = (input, { onSuccess, onError }) => {
    setIsRunning(true);
    setError(undefined);
    void work(input)
      .then(onSuccess, (reason: unknown) => {
        setError(reason);
        onError?.(reason);
      })
      .finally(() => setIsRunning(false));
  };
  return { isRunning, error, run, reset: () => setError(undefined) };
}
