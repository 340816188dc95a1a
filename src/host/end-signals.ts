import os from 'node:os';
import type { Koffi } from './koffi.ts';
import { loadKoffi } from './koffi.ts';

/** What asks a process to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Bytes that hold `struct sigaction` on 64-bit Linux; its flags stand behind the handler and a mask of 1024 signals.
 */
const SIGACTION_BYTES = 256;
const FLAGS = 136;
/** signal.h: the handler is called once, from then on the signal does what it does without one. */
const SA_RESETHAND = 0x80000000;

/**
 * Answers the first signal that asks this process to end; any further one ends it at once. That is the kernel's doing
 * and not Node's: handlers of Node's run in the event loop, so that while it is blocked, or turns in circles, a process
 * with handlers could not be ended but by SIGKILL. A command that has nothing to bring to an end needs no handler: then
 * the first signal ends it, whatever it does.
 *
 * Where the C library can't be reached (no koffi, not 64-bit Linux), the further signal ends it at once as soon as the
 * first was answered.
 * @returns a function after which the first one ends it at once, too.
 */
export function onEndSignal(answer: (signal: NodeJS.Signals) => void): () => void {
  const first = (signal: NodeJS.Signals): void => {
    leave();
    answer(signal);
  };
  const leave = (): void => {
    for (const name of SIGNALS) process.off(name, first);
  };
  for (const name of SIGNALS) process.on(name, first);
  const koffi = process.platform === 'linux' ? loadKoffi() : undefined;
  if (koffi !== undefined && koffi.sizeof('long') === 8) resetOnEntry(koffi);
  return leave;
}

/** Has the handlers that are there, which are Node's, called for one signal each. */
function resetOnEntry(koffi: Koffi): void {
  const sigaction = koffi.load(null).func('int sigaction(int, void *, void *)');
  for (const name of SIGNALS) {
    const action = new Uint8Array(SIGACTION_BYTES);
    const number = os.constants.signals[name];
    if (sigaction(number, null, action) !== 0) continue;
    const view = new DataView(action.buffer);
    view.setUint32(FLAGS, view.getUint32(FLAGS, true) | SA_RESETHAND, true);
    sigaction(number, action, null);
  }
}

/**
 * Ends this process by a signal, as if nothing had ever listened for it. What waits for the file system does not hold
 * that up, as it does an exit.
 */
export function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
