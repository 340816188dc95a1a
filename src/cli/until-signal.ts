import { FailureError } from '../errors.ts';
import { endBySignal, onEndSignal } from '../host/end-signals.ts';

/** What is being written is cleared away before the first signal ends this process; a further one ends it at once. */
export function untilSignal(): { readonly signal: AbortSignal; leave(): void } {
  const ending = new AbortController();
  let asked: NodeJS.Signals | undefined;
  const forget = onEndSignal((signal) => {
    asked = signal;
    ending.abort(new FailureError(`ended by ${signal}: nothing was written`));
  });
  return {
    signal: ending.signal,
    leave() {
      forget();
      if (asked !== undefined) endBySignal(asked);
    },
  };
}
