import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What keys do in takes in a row. */
export interface SessionActs {
  /** Begins a take, or ends the one that records. */
  toggle(): void;
  /** What the next takes are called; an empty word is nothing. */
  name(word: string): void;
  leave(): void;
  /** What was typed of a name so far; undefined once that is over. */
  typing(name: string | undefined): void;
  /** As Ctrl-C where no terminal makes a signal of it. */
  interrupt(): void;
  say(text: string): void;
}

/** Where keys come from: a terminal's, one by one, or lines. */
export interface KeySource extends Readable {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

const [CTRL_C, CTRL_D, BACKSPACE, DELETE, ESCAPE] = ['\u0003', '\u0004', '\b', '\u007f', '\u001b'];

/**
 * Listens to keys: on a terminal Enter, n and q act as they are pressed; else they are lines, an empty one for Enter
 * and `n NAME`, and the end of the input leaves.
 * @returns a function that ends the listening.
 */
export function listenForKeys(acts: SessionActs, stdin: KeySource = process.stdin): () => void {
  return stdin.isTTY && stdin.setRawMode !== undefined ? onKeys(acts, stdin) : onLines(acts, stdin);
}

function onLines(acts: SessionActs, stdin: KeySource): () => void {
  const lines = createInterface({ input: stdin, terminal: false });
  for (const source of [stdin, lines]) source.on('error', () => acts.leave());
  lines.on('line', (text) => {
    const line = text.trim();
    const named = /^n(?:\s+(.*))?$/i.exec(line);
    if (line === '') acts.toggle();
    else if (/^q$/i.test(line)) acts.leave();
    else if (named !== null) acts.name(named[1] ?? '');
    else acts.say(`${line}: Enter begins a take and ends it, n NAME names the next, q leaves`);
  });
  lines.on('close', () => acts.leave());
  return () => {
    lines.removeAllListeners('close');
    lines.close();
    stdin.pause();
  };
}

function onKeys(acts: SessionActs, stdin: KeySource): () => void {
  /** The name that is being typed, while one is. */
  let typed: string | undefined;
  const key = (char: string): void => {
    if (char === CTRL_C) {
      // Once more it is the terminal's own, and ends the process at once.
      stdin.setRawMode?.(false);
      acts.interrupt();
    } else if (typed !== undefined) type(char, typed);
    else if (char === '\r' || char === '\n') acts.toggle();
    else if (char === 'q' || char === 'Q' || char === CTRL_D) acts.leave();
    else if (char === 'n' || char === 'N') {
      typed = '';
      acts.typing(typed);
    }
  };
  const type = (char: string, before: string): void => {
    const done = char === '\r' || char === '\n';
    if (done || char === ESCAPE) typed = undefined;
    else if (char === BACKSPACE || char === DELETE) typed = before.slice(0, -1);
    else if (/^\P{Cc}$/u.test(char)) typed = before + char;
    acts.typing(typed);
    if (done) acts.name(before);
  };
  const heard = (text: string): void => {
    // Arrows and the like come as one piece that begins with Escape: none of them acts.
    if (text.length > 1 && text.startsWith(ESCAPE as string)) return;
    for (const char of text) key(char);
  };
  const leave = (): void => acts.leave();
  stdin.setRawMode?.(true);
  stdin.setEncoding('utf8').on('data', heard).on('end', leave).on('error', leave);
  return () => {
    stdin.off('data', heard).off('end', leave);
    stdin.setRawMode?.(false);
    stdin.pause();
  };
}
