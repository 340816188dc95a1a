import type { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A recording that is told what to do while it runs; what it answers is said to the user. */
export interface Controllable {
  /** Pauses, or resumes. */
  toggle(): string | undefined;
  /** Saves the circular buffer. */
  save(): string | undefined;
  stop(): void;
}

export interface ControlOptions {
  /** `--keypress`: Enter toggles or saves, x and Enter ends. */
  readonly keypress: boolean;
  /** `--signal`: SIGUSR1 toggles or saves, SIGUSR2 ends. Without it either is answered with a line. */
  readonly signal: boolean;
  /** There is a circular buffer: it is saved, where else the recording would be paused. */
  readonly circular: boolean;
}

/** Where keys and signals come from: a process. */
export interface ControlSources {
  readonly stdin: Readable & { unref?(): void };
  readonly signals: Pick<EventEmitter, 'on' | 'off'>;
}

/**
 * Listens to keys and signals. Keys are never what keeps a process alive, and an input that ends or fails is none.
 * @returns a function that ends the listening.
 */
export function listenForControls(
  options: ControlOptions,
  recording: Controllable,
  say: (text: string) => void,
  from: ControlSources = { stdin: process.stdin, signals: process },
): () => void {
  const act = (): void => {
    const answer = options.circular ? recording.save() : recording.toggle();
    if (answer !== undefined) say(answer);
  };
  const stop = (): void => recording.stop();
  // Unheard, they would end the process, or open a debugger's port in it.
  const unasked = (name: string) => () => say(`${name}: acts with --signal only; recording goes on`);
  const leaveSignals = options.signal
    ? onSignals(from.signals, act, stop)
    : onSignals(from.signals, unasked('SIGUSR1'), unasked('SIGUSR2'));
  const leaveKeys = options.keypress ? onLines(from.stdin, act, stop) : () => {};
  return () => {
    leaveSignals();
    leaveKeys();
  };
}

function onSignals(signals: ControlSources['signals'], first: () => void, second: () => void): () => void {
  signals.on('SIGUSR1', first);
  signals.on('SIGUSR2', second);
  return () => {
    signals.off('SIGUSR1', first);
    signals.off('SIGUSR2', second);
  };
}

function onLines(stdin: ControlSources['stdin'], act: () => void, stop: () => void): () => void {
  const lines = createInterface({ input: stdin, terminal: false });
  // A terminal that went away reads as an error, which readline passes on; it takes the keys with it, not the
  // recording.
  for (const source of [stdin, lines]) source.on('error', () => {});
  lines.on('line', (line) => {
    const key = line.trim().toLowerCase();
    if (key === '') act();
    else if (key === 'x') stop();
  });
  stdin.unref?.();
  return () => {
    lines.close();
    stdin.pause();
  };
}
