import { closeSync, constants, createReadStream, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { UsageError } from './errors.ts';

/** What a text file may have that is read whole, in bytes. */
export const MOST_TEXT_BYTES = 32 << 20;
/** What a line may have, in characters. */
const MOST_LINE = 1 << 16;
/** Brackets within each other that JSON from elsewhere may have: what works through it goes that deep. */
const MOST_DEPTH = 32;
/** Read from a file of the system, which says that it is empty, in bytes. */
const MOST_UNSIZED = 1 << 20;

/** Refuses whatever may wait for a writer, or never ends. @throws UsageError that names the file. */
export function refuseOther(file: string, is: Stats): void {
  if (is.isFile()) return;
  const kind = is.isDirectory() ? 'a folder' : is.isFIFO() ? 'a pipe' : is.isSocket() ? 'a socket' : 'a device';
  throw new UsageError(`${file}: is ${kind}, not a file`);
}

/** @throws UsageError that names what is there and is no regular file; what is not there is not looked at. */
export async function checkRegular(file: string): Promise<void> {
  const is = await stat(file).catch(() => undefined);
  if (is !== undefined) refuseOther(file, is);
}

/**
 * Opens a regular file for reading; nothing else is even opened, since a pipe waits and a device may act.
 * @throws UsageError that names what is no regular file; what the system says where it can't be opened.
 */
export async function openRegular(file: string): Promise<FileHandle> {
  refuseOther(file, await stat(file));
  // Between the two it may have become a pipe: that one doesn't wait.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    refuseOther(file, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * The text of a regular file.
 * @param most bytes that it may have.
 * @throws UsageError that names what is no regular file, or too large; what the system says where it can't be opened.
 */
export async function readText(file: string, most = MOST_TEXT_BYTES): Promise<string> {
  const handle = await openRegular(file);
  try {
    const { size } = await handle.stat();
    if (size > most) throw tooLarge(file, most);
    const pieces: Buffer[] = [];
    let bytes = 0;
    // It may grow, and files of the system say that they are empty.
    for await (const piece of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > most) throw tooLarge(file, most);
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('utf8');
  } finally {
    await handle.close();
  }
}

/** As `readText`, at once. */
export function readTextSync(file: string, most = MOST_TEXT_BYTES): string {
  refuseOther(file, statSync(file));
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const is = fstatSync(descriptor);
    refuseOther(file, is);
    if (is.size > most) throw tooLarge(file, most);
    const pieces: Buffer[] = [];
    for (let bytes = 0; ; ) {
      const piece = Buffer.alloc(1 << 16);
      const count = readSync(descriptor, piece);
      if (count === 0) return Buffer.concat(pieces).toString('utf8');
      bytes += count;
      if (bytes > most) throw tooLarge(file, most);
      pieces.push(piece.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
}

const tooLarge = (file: string, most: number): UsageError =>
  new UsageError(`${file}: is larger than ${most} bytes, which is no file of its kind`);

/**
 * The value of JSON that may hold anything.
 * @param file named in the error.
 * @throws UsageError where it is deeper than whatever is written for this program; SyntaxError where it is no JSON.
 */
export function parseJson(text: string, file: string): unknown {
  if (depthOf(text) > MOST_DEPTH) {
    throw new UsageError(`${file}: brackets within each other, more than ${MOST_DEPTH} deep`);
  }
  return JSON.parse(text);
}

/** Brackets within each other, outside of strings; beyond `MOST_DEPTH` they are not counted. */
function depthOf(text: string): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let at = 0; at < text.length && deepest <= MOST_DEPTH; at++) {
    const sign = text[at];
    if (sign === '"') inString = !inString;
    else if (inString) at += sign === '\\' ? 1 : 0;
    else if (sign === '[' || sign === '{') deepest = Math.max(deepest, ++depth);
    else if (sign === ']' || sign === '}') depth--;
  }
  return deepest;
}

/** As `readText`; undefined where there is no such file, or it can't be opened. */
export async function readTextIfThere(file: string, most?: number): Promise<string | undefined> {
  try {
    return await readText(file, most);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return undefined;
  }
}

/**
 * A regular file's bytes as they were when it was opened: whoever writes it meanwhile can't keep its reader.
 * @param start where to begin, in bytes.
 * @throws as `openRegular`.
 */
export async function* readBytes(file: string, start = 0, atOnce = 1 << 16): AsyncGenerator<Buffer> {
  const is = await stat(file);
  refuseOther(file, is);
  const end = (is.size === 0 ? MOST_UNSIZED : is.size) - 1;
  if (start > end) return;
  const flags = (constants.O_RDONLY | constants.O_NONBLOCK) as unknown as string;
  yield* createReadStream(file, { flags, start, end, highWaterMark: atOnce }) as AsyncIterable<Buffer>;
}

/** A regular file's text in pieces, however large it is. @throws as `openRegular`. */
export async function* readPieces(file: string): AsyncGenerator<string> {
  // A character may lie across the border of two pieces.
  const decoder = new TextDecoder();
  for await (const piece of readBytes(file)) yield decoder.decode(piece, { stream: true });
}

/**
 * A regular file's lines without their ends, however many there are; the last one also where it has no end.
 * @throws UsageError that names the file and a line that is too long; as `openRegular`.
 */
export async function* readLines(file: string): AsyncGenerator<string> {
  let [rest, count] = ['', 0];
  for await (const piece of readPieces(file)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    count += lines.length;
    if (rest.length > MOST_LINE)
      throw new UsageError(`${file}: line ${count + 1} is longer than ${MOST_LINE} characters`);
    yield* lines;
  }
  if (rest !== '') yield rest;
}
