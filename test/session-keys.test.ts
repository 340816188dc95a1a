import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type KeySource, listenForKeys } from '../src/cli/session-keys.ts';

/** What is done where this comes in, piece by piece, from a terminal or not. */
async function done(pieces: readonly string[], terminal: boolean): Promise<readonly string[]> {
  const acts: string[] = [];
  const stream = new PassThrough();
  const raw = (on: boolean) => acts.push(on ? 'keys' : 'no keys');
  const stdin: KeySource = terminal ? Object.assign(stream, { isTTY: true, setRawMode: raw }) : stream;
  const leave = listenForKeys(
    {
      toggle: () => acts.push('toggle'),
      name: (word) => acts.push(`name ${word}`),
      leave: () => acts.push('leave'),
      interrupt: () => acts.push('interrupt'),
      typing: (name) => acts.push(`typed ${name}`),
      say: (text) => acts.push(`say ${text.slice(0, 4)}`),
    },
    stdin,
  );
  for (const piece of pieces) stream.write(piece);
  await new Promise((resolve) => setImmediate(resolve));
  leave();
  return acts;
}

describe('keys of takes in a row', () => {
  it('are lines where there is no terminal: an empty one, n with a name or none, q', async () => {
    expect(await done(['\n', 'n jump-3\n', '\r\nN\n', 'nobody\n', 'q\n'], false)).toEqual([
      ...['toggle', 'name jump-3', 'toggle', 'name ', 'say nobo', 'leave'],
    ]);
  });

  it('leave where lines end', async () => {
    const acts: string[] = [];
    const stream = new PassThrough();
    const act = () => acts.push('toggle');
    const leave = () => acts.push('leave');
    listenForKeys({ toggle: act, name: act, leave, interrupt: act, typing: act, say: act }, stream);
    const ended = new Promise((resolve) => stream.once('end', resolve));
    stream.end('\n');
    await ended;
    await new Promise((resolve) => setImmediate(resolve));
    expect(acts).toEqual(['toggle', 'leave']);
  });

  it('act as they are pressed on a terminal, which is as it was afterwards', async () => {
    expect(await done(['\r', '\r', 'x', 'q'], true)).toEqual(['keys', 'toggle', 'toggle', 'leave', 'no keys']);
  });

  it('name the next take, with corrections; Escape leaves the name as it was, an arrow is no key', async () => {
    const typed = await done(['n', 'juq', '\u007f', 'p\u0007', '\r', 'n', 'x', '\u001b', '\u001b[A', '\r'], true);
    expect(typed).toEqual([
      ...['keys', 'typed ', 'typed j', 'typed ju', 'typed juq', 'typed ju', 'typed jup'],
      // What is no letter is not shown.
      ...['typed jup', 'typed undefined', 'name jup'],
      ...['typed ', 'typed x', 'typed undefined', 'toggle', 'no keys'],
    ]);
  });

  it('give Ctrl-C back to the terminal with the first one', async () => {
    expect(await done(['\u0003'], true)).toEqual(['keys', 'no keys', 'interrupt', 'no keys']);
  });
});
