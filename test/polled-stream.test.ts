import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PolledStream } from '../src/run/steering/polled-stream.ts';

/** A process that writes `one` and a part of a character, waits for a line, and writes the rest. */
const SCRIPT =
  "process.stderr.write(Buffer.from([111, 110, 101, 10, 0xc3])); process.stdin.once('data', () => { process.stderr.write(Buffer.from([0xa4, 10])); process.exit(); });";

it('what a process writes comes when it is asked for, and the rest at its end', async () => {
  const child = spawn(process.execPath, ['-e', SCRIPT], { stdio: ['pipe', 'ignore', 'pipe'] });
  const heard: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => heard.push(text));
  const polled = new PolledStream(child.stderr);
  const ended = new Promise((resolve) => child.once('close', resolve));
  // However long it takes: nothing comes by itself, and asking brings it.
  while (heard.length === 0) {
    await wait(20);
    expect(heard).toEqual([]);
    polled.poll();
  }
  expect(heard.join('')).toBe('one\n');
  child.stdin.end('go\n');
  while (child.exitCode === null) await wait(20);
  await wait(20);
  expect(heard.join('')).toBe('one\n');
  polled.release();
  await ended;
  expect(heard.join('')).toBe('one\nä\n');
});

it('finds the end of what a process writes', async () => {
  const child = spawn(process.execPath, ['-e', "process.stderr.write('all\\n')"], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const heard: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => heard.push(text));
  const polled = new PolledStream(child.stderr);
  const looking = setInterval(() => polled.poll(), 10);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(looking);
  expect(heard.join('')).toBe('all\n');
});

it('a stream that is not of a process is read as it is written', async () => {
  const stream = new PassThrough();
  const heard: string[] = [];
  stream.setEncoding('utf8').on('data', (text: string) => heard.push(text));
  const polled = new PolledStream(stream);
  stream.end('words\n');
  await new Promise((resolve) => stream.once('close', resolve));
  polled.poll();
  expect(heard).toEqual(['words\n']);
});
