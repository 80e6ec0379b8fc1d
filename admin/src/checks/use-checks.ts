import { useCallback, useEffect, useRef, useState } from 'react';
import type { CheckId, CheckResult } from '../../../server/admin-contract';
import { useApi } from '../elements';
import { checkIds } from './ids';

/** The progress of a check. */
export type CheckState =
  | { readonly step: 'waiting' | 'running' | 'stopped' }
  | { readonly step: 'done'; readonly result: CheckResult }
  | { readonly step: 'failed'; readonly error: unknown };

/** The checks of one run, and the actions on them. */
export interface Checks {
  /** Empty before the first run. */
  readonly states: ReadonlyMap<CheckId, CheckState>;
  readonly isRunning: boolean;
  /** When the last run ended, in ISO 8601. */
  readonly endedAt: string | undefined;
  start: () => void;
  stop: () => void;
  /** Runs one check again, for example if there was no response. */
  retry: (id: CheckId) => void;
}

/** How many checks are requested at a time. A browser opens six connections to a host. */
const AT_A_TIME = 4;

/** Runs the checks, and keeps their results while other tabs of the page are open. */
export function useChecks(): Checks {
  const api = useApi();
  const [states, setStates] = useState<ReadonlyMap<CheckId, CheckState>>(new Map());
  const run = useRef<AbortController>();
  const [isRunning, setIsRunning] = useState(false);
  const [endedAt, setEndedAt] = useState<string>();

  const set = useCallback((id: CheckId, state: CheckState) => {
    setStates((before) => new Map(before).set(id, state));
  }, []);

  const runOne = useCallback(
    async (id: CheckId, signal: AbortSignal) => {
      set(id, { step: 'running' });
      try {
        const result = await api.get<CheckResult>(`/cognito/diagnostics/${id}`, { signal });
        if (!signal.aborted) set(id, { step: 'done', result });
      } catch (error) {
        if (!signal.aborted) set(id, { step: 'failed', error });
      }
    },
    [api, set],
  );

  const start = useCallback(() => {
    run.current?.abort();
    const controller = new AbortController();
    run.current = controller;
    const waiting = [...checkIds];
    setStates(new Map(checkIds.map((id) => [id, { step: 'waiting' }])));
    setIsRunning(true);
    const worker = async () => {
      for (let id = waiting.shift(); id && !controller.signal.aborted; id = waiting.shift()) {
        await runOne(id, controller.signal);
      }
    };
    void Promise.all(Array.from({ length: AT_A_TIME }, worker)).then(() => {
      if (controller.signal.aborted) return;
      setIsRunning(false);
      setEndedAt(new Date().toISOString());
    });
  }, [runOne]);

  const stop = useCallback(() => {
    run.current?.abort();
    setIsRunning(false);
    setEndedAt(undefined);
    setStates((before) => new Map([...before].map(([id, state]) => [id, stopped(state)])));
  }, []);

  const retry = useCallback(
    (id: CheckId) => {
      // The controller of a run that was stopped would also stop this one.
      if (!run.current || run.current.signal.aborted) run.current = new AbortController();
      void runOne(id, run.current.signal);
    },
    [runOne],
  );

  useEffect(() => () => run.current?.abort(), []);
  return { states, isRunning, endedAt, start, stop, retry };
}

const stopped = (state: CheckState): CheckState =>
  state.step === 'waiting' || state.step === 'running' ? { step: 'stopped' } : state;
