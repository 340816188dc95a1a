import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { openRegular } from '../regular-file.ts';
import { claimFile } from './claim-file.ts';
import { DataSync } from './data-sync.ts';
import { writeFailure } from './write-failure.ts';

/*
 * WAV as Microsoft and IBM have it (Multimedia Programming Interface 1.0, 1991), 24 bits a sample; beyond 4 GB RF64
 * (EBU Tech 3306), whose further chunk has its place kept by one that is to be skipped.
 */

const BYTES = 3;
/** Behind RIFF: JUNK (or ds64), fmt and the beginning of data. */
const HEADER = 12 + (8 + 28) + (8 + 16) + 8;
const DS64_AT = 12;
/** What 32 bits hold. */
const MOST_32 = 2 ** 32 - 1;
/** The header tells the length anew this often, in ms: a file that is cut off can be read. */
const HEADER_MS = 1_000;

/** What a WAV file holds. */
export interface WavFacts {
  /** Samples a second. */
  readonly rate: number;
  readonly channels: number;
  /** Samples of each channel. */
  readonly samples: number;
}

/** A WAV file that grows. */
export class WavFile {
  private readonly file: string;
  private readonly handle: FileHandle;
  private readonly sync: DataSync;
  private readonly format: Omit<WavFacts, 'samples'>;
  private length = 0;
  private writing: Promise<void> = Promise.resolve();
  private failure: Error | undefined;
  private headerMs = performance.now();

  private constructor(file: string, handle: FileHandle, sync: DataSync, format: Omit<WavFacts, 'samples'>) {
    this.file = file;
    this.handle = handle;
    this.sync = sync;
    this.format = format;
    this.after(() => this.writeHeader());
  }

  /** @throws UsageError that names the file where it can't be written. */
  static async open(file: string, format: Omit<WavFacts, 'samples'>): Promise<WavFile> {
    await claimFile(file);
    return new WavFile(file, await open(file, constants.O_RDWR), await DataSync.start(file), format);
  }

  /** @param samples Interleaved channels, -1 to 1; clipped beyond. @throws what failed in an earlier one. */
  write(samples: Float32Array): void {
    if (this.failure !== undefined) throw this.failure;
    if (samples.length === 0) return;
    const bytes = pcm(samples);
    const at = HEADER + this.length * this.format.channels * BYTES;
    this.length += samples.length / this.format.channels;
    this.after(() => writeWhole(this.handle, bytes, at));
    if (performance.now() - this.headerMs < HEADER_MS) return;
    this.headerMs = performance.now();
    this.after(() => this.writeHeader());
  }

  /** @param most Samples of each channel that it has at the most. @throws FailureError where it can't be written. */
  async close(most = Number.POSITIVE_INFINITY): Promise<void> {
    this.length = Math.min(this.length, most);
    this.after(async () => {
      await this.handle.truncate(HEADER + this.length * this.format.channels * BYTES);
      await this.writeHeader();
    });
    await this.writing;
    await this.handle.close();
    if (this.failure === undefined) return this.sync.close();
    await this.sync.stop();
    throw this.failure;
  }

  private after(work: () => Promise<void>): void {
    this.writing = this.writing.then(async () => {
      if (this.failure !== undefined) return;
      try {
        await work();
      } catch (cause) {
        this.failure = writeFailure(this.file, cause);
      }
    });
  }

  private writeHeader(): Promise<void> {
    return writeWhole(this.handle, header({ ...this.format, samples: this.length }), 0);
  }
}

/**
 * Reads what a WAV file of `WavFile`'s holds, by the file's length: whoever wrote it may have been cut off.
 * @throws UsageError where it is none; what the system says where it can't be opened.
 */
export async function readWav(file: string): Promise<WavFacts> {
  const handle = await openRegular(file);
  try {
    return (await factsOf(handle, file)).facts;
  } finally {
    await handle.close();
  }
}

/**
 * Finishes a WAV file that may have been cut off: its header tells what it has.
 * @param samples What it is to have of each channel, by its rate: it is cut, or goes on in silence. Default: as it is.
 * @returns what it holds now, what it held before, and whether anything was changed.
 * @throws as `readWav`.
 */
export async function finishWav(
  file: string,
  samples?: (rate: number) => number,
): Promise<{ readonly facts: WavFacts; readonly before: number; readonly changed: boolean }> {
  await (await openRegular(file)).close();
  const handle = await open(file, constants.O_RDWR);
  try {
    const { facts, size, head } = await factsOf(handle, file);
    const wanted = { ...facts, samples: samples?.(facts.rate) ?? facts.samples };
    const right = header(wanted);
    const bytes = HEADER + wanted.samples * wanted.channels * BYTES;
    const changed = bytes !== size || !right.equals(head);
    if (changed) {
      // A file that is lengthened by the system holds zeros there: silence.
      await handle.truncate(bytes);
      await writeWhole(handle, right, 0);
      await handle.sync();
    }
    return { facts: wanted, before: facts.samples, changed };
  } finally {
    await handle.close();
  }
}

async function factsOf(
  handle: FileHandle,
  file: string,
): Promise<{ readonly facts: WavFacts; readonly size: number; readonly head: Buffer }> {
  const head = Buffer.alloc(HEADER);
  const { bytesRead } = await handle.read(head, 0, HEADER, 0);
  const is = (at: number, ...words: string[]): boolean => words.includes(head.toString('latin1', at, at + 4));
  const fmt = DS64_AT + 8 + 28;
  const ours =
    bytesRead === HEADER &&
    is(0, 'RIFF', 'RF64') &&
    is(8, 'WAVE') &&
    is(DS64_AT, 'JUNK', 'ds64') &&
    is(fmt, 'fmt ') &&
    is(fmt + 24, 'data');
  const [channels, rate] = ours ? [head.readUInt16LE(fmt + 10), head.readUInt32LE(fmt + 12)] : [0, 0];
  if (channels === 0 || rate === 0) throw new UsageError(`${file}: is no sound of a take`);
  const { size } = await handle.stat();
  return { facts: { rate, channels, samples: Math.floor((size - HEADER) / channels / BYTES) }, size, head };
}

function header({ rate, channels, samples }: WavFacts): Buffer {
  const out = Buffer.alloc(HEADER);
  const data = samples * channels * BYTES;
  const riff = HEADER - 8 + data;
  const large = riff > MOST_32;
  out.write(large ? 'RF64' : 'RIFF', 0, 'latin1');
  out.writeUInt32LE(large ? MOST_32 : riff, 4);
  out.write('WAVE', 8, 'latin1');
  let at = DS64_AT;
  out.write(large ? 'ds64' : 'JUNK', at, 'latin1');
  out.writeUInt32LE(28, at + 4);
  if (large) {
    out.writeBigUInt64LE(BigInt(riff), at + 8);
    out.writeBigUInt64LE(BigInt(data), at + 16);
    out.writeBigUInt64LE(BigInt(samples), at + 24);
  }
  at += 8 + 28;
  out.write('fmt ', at, 'latin1');
  out.writeUInt32LE(16, at + 4);
  out.writeUInt16LE(1, at + 8);
  out.writeUInt16LE(channels, at + 10);
  out.writeUInt32LE(rate, at + 12);
  out.writeUInt32LE(rate * channels * BYTES, at + 16);
  out.writeUInt16LE(channels * BYTES, at + 20);
  out.writeUInt16LE(8 * BYTES, at + 22);
  at += 24;
  out.write('data', at, 'latin1');
  out.writeUInt32LE(large ? MOST_32 : data, at + 4);
  return out;
}

function pcm(samples: Float32Array): Buffer {
  const out = Buffer.alloc(samples.length * BYTES);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.round((samples[i] as number) * 2 ** 23);
    out.writeIntLE(Math.max(-(2 ** 23), Math.min(2 ** 23 - 1, value)), i * BYTES, BYTES);
  }
  return out;
}

async function writeWhole(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
