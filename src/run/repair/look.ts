import type { FileHandle } from 'node:fs/promises';
import { UsageError } from '../../errors.ts';
import { measureVideo } from '../../libav/copy-video.ts';
import { isClosedMatroska } from '../../libav/matroska.ts';
import { isMp4 } from '../../libav/mp4.ts';
import { type Mp4Layout, readLayout } from '../../libav/mp4-boxes.ts';
import { formatOf } from '../../record/take-format.ts';
import { openRegular } from '../../regular-file.ts';
import { type FrameRate, periodUs } from '../../time/frame-rate.ts';

/** What there is of a camera's file. */
export interface FoundVideo {
  /**
   * `open`: it was being written when its process died; `nothing`: it was, and no frame is in it; `absent`: there is
   * none; `unusable`: it can't be read, which says nothing of what was recorded.
   */
  readonly kind: 'finished' | 'open' | 'nothing' | 'absent' | 'unusable';
  readonly bytes: number;
  readonly frames: number;
  /** Slot of the first frame; undefined without one. */
  readonly firstSlot: number | undefined;
  /** Why there is nothing, or it can't be used. */
  readonly why?: string;
}

/** More than all that stands in an MP4 before its first frame, bytes. */
const MOST_BEGINNING = 1 << 16;
const EARLY = 'its process died before the first frame was in it';

/**
 * Whether a file that is being recorded has whole frames on the disk: a fragment with its index, or what has no index.
 */
export async function holdsFrames(file: string): Promise<boolean> {
  let handle: FileHandle | undefined;
  try {
    handle = await openRegular(file);
    const { size } = await handle.stat();
    const { kind } = await readLayout(handle, size);
    return kind === 'fragmented' || (size > 0 && !isMp4(formatOf(file)));
  } catch {
    return false;
  } finally {
    await handle?.close();
  }
}

/** Whether a file holds no more than the beginning of an MP4's first box, or what a power cut leaves of it: zeros. */
async function isBeginning(handle: FileHandle): Promise<boolean> {
  const bytes = Buffer.alloc(MOST_BEGINNING);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  const type = bytes.toString('latin1', 4, Math.min(bytesRead, 8));
  return bytesRead < bytes.length && ('ftyp'.startsWith(type) || bytes.every((byte) => byte === 0));
}

/**
 * Looks at a file of a take, whatever became of it.
 * @throws UsageError where there is nothing to read videos with.
 */
export async function lookAt(file: string, frameRate: FrameRate): Promise<FoundVideo> {
  let bytes = 0;
  const without = (kind: 'nothing' | 'absent' | 'unusable', why: string): FoundVideo => ({
    ...{ kind, bytes, frames: 0, firstSlot: undefined, why },
  });
  let handle: FileHandle | undefined;
  let layout: Mp4Layout;
  let finished: boolean;
  try {
    handle = await openRegular(file);
    bytes = (await handle.stat()).size;
    if (bytes === 0) return without('nothing', 'it is empty');
    layout = await readLayout(handle, bytes);
    if (layout.kind === 'other' && (await isBeginning(handle))) return without('nothing', EARLY);
    if (layout.kind === 'other' && isMp4(formatOf(file)))
      return without('unusable', `it is no ${formatOf(file).toUpperCase()}`);
    finished = layout.kind === 'plain' || (await isClosedMatroska(handle));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return without('absent', 'there is no such file');
    return without('unusable', `can't be read: ${code ?? message}`);
  } finally {
    await handle?.close();
  }
  const torn = layout.missingBytes > 0;
  const plain = finished && !torn;
  try {
    const { frames, firstUs } = await measureVideo(file, { plain });
    if (frames === 0) return without('nothing', 'it holds no whole frame');
    const firstSlot = Math.round((firstUs ?? 0) / periodUs(frameRate));
    return { kind: plain ? 'finished' : 'open', bytes, frames, firstSlot };
  } catch (error) {
    const { message } = error as Error;
    // What is not said of the file says nothing of it.
    if (!(error instanceof UsageError) || !message.startsWith(`${file}: `)) throw error;
    // Much without an index is half of a copy, not a recording that had just begun.
    return torn && bytes < MOST_BEGINNING
      ? without('nothing', EARLY)
      : without('unusable', message.slice(`${file}: `.length));
  }
}
