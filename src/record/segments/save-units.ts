import { open, rename, rm } from 'node:fs/promises';
import { FailureError, OptionError } from '../../errors.ts';
import { remuxH264 } from '../../libav/remux.ts';
import { claimFile } from '../claim-file.ts';
import { syncFile } from '../data-sync.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { containerOf, elementaryContainer } from '../encoders/container.ts';
import { codecOf, encoderName } from '../encoders/encoder-name.ts';
import { isStream } from '../encoders/outputs/address.ts';
import { openOutput } from '../encoders/outputs/index.ts';
import { ReplacedFile } from '../replaced-file.ts';

/** Bytes that are handed to the file at once. */
const CHUNK = 1 << 20;

const STDOUT = '-';

type Naming = Omit<EncoderOptions, 'sink'>;

/**
 * Checks, before anything is recorded, that what an encoder makes can be saved from memory. Throws an OptionError that
 * says why not.
 */
export async function checkSavable(backend: Encoder, options: Naming): Promise<void> {
  const { file } = options;
  if (file !== STDOUT && isStream(file)) {
    throw new OptionError('output', file, 'a circular buffer is saved into files or to stdout: give a file name or -');
  }
  if (file === STDOUT && !isBare(options)) {
    throw new OptionError(
      'circular',
      undefined,
      `stdout gets the bare stream, not ${containerOf(options)}; leave {libav-format} out, or give {output} a file name`,
    );
  }
  const codec = codecOf(encoderName(options));
  if (codec !== 'h264' && codec !== 'mjpeg' && codec !== 'rawvideo') {
    throw new OptionError('circular', undefined, `${codec} can't be kept in memory; h264, mjpeg and yuv420 can`);
  }
  await backend.check(options);
  if (codec !== 'h264' && !isBare(options)) {
    const ending = codec === 'mjpeg' ? '.mjpeg' : '.yuv';
    throw new OptionError(
      'circular',
      undefined,
      `${file} can't be saved: ${codec} is saved as a bare stream; give an ending such as ${ending}`,
    );
  }
}

/** The container could not be made, and the stream is beside it. */
export class StreamKeptError extends FailureError {}

/**
 * Writes a stream's units into a file, or to stdout (`-`): as they are for an elementary stream, else into the
 * container that the file's ending names, where the first gets the time of its position. A file that was there before
 * is gone once that is done, and stays where it fails.
 * @throws UsageError or FailureError that names the file; StreamKeptError where the container fails and the bare stream
 *   is kept beside it.
 */
export async function saveUnits(
  file: string,
  units: readonly Uint8Array[],
  firstPosition: number,
  options: Naming,
): Promise<void> {
  const named = { ...options, file };
  if (file === STDOUT) return writeOut(named, units);
  const replaced = await ReplacedFile.setAside(file);
  try {
    await claimFile(file);
    if (isBare(named)) {
      await writeAll(file, units);
      await syncFile(file);
    } else await writeContained(named, units, firstPosition);
  } catch (error) {
    await replaced.putBack();
    throw error;
  }
  await replaced.drop();
}

async function writeOut(options: Naming, units: readonly Uint8Array[]): Promise<void> {
  const output = await openOutput(options);
  try {
    for (const unit of units) await output.write(unit);
  } finally {
    await output.close();
  }
}

async function writeContained(options: Naming, units: readonly Uint8Array[], firstPosition: number): Promise<void> {
  const { file, frameRate } = options;
  const stream = `${file}.part`;
  const format = containerOf(options);
  try {
    await writeAll(stream, units);
  } catch (error) {
    await rm(stream, { force: true });
    throw error;
  }
  const timing = { frameRate, firstSlot: firstPosition, tags: options.tags, ...(format !== undefined && { format }) };
  try {
    await remuxH264(stream, file, timing);
    await syncFile(file);
  } catch (cause) {
    const kept = `${file}.h264`;
    await rename(stream, kept);
    const why = (cause as Error).message;
    throw new StreamKeptError(`${file}: can't be written, its stream is in ${kept}: ${why}`, { cause });
  }
  await rm(stream, { force: true });
}

/** True where the file is the codec's bare stream, which has no times. */
const isBare = (options: Naming): boolean => containerOf(options) === elementaryContainer(options);

async function writeAll(file: string, units: readonly Uint8Array[]): Promise<void> {
  try {
    const handle = await open(file, 'w');
    try {
      let chunk: Uint8Array[] = [];
      let bytes = 0;
      for (const [i, unit] of units.entries()) {
        chunk.push(unit);
        bytes += unit.length;
        if (bytes < CHUNK && i + 1 < units.length) continue;
        await handle.writeFile(Buffer.concat(chunk));
        chunk = [];
        bytes = 0;
      }
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new FailureError(`${file}: ${(cause as Error).message}`, { cause });
  }
}
