import { open } from 'node:fs/promises';
import { measureVideo } from '../../libav/copy-video.ts';
import { readLayout } from '../../libav/mp4-boxes.ts';
import { type FrameRate, periodUs } from '../../time/frame-rate.ts';

/** What there is of a camera's file. */
export interface FoundVideo {
  /** `open`: it was being written when its process died; `nothing`: there is none, or no frame in it. */
  readonly kind: 'finished' | 'open' | 'nothing';
  readonly bytes: number;
  readonly frames: number;
  /** Slot of the first frame; undefined without one. */
  readonly firstSlot: number | undefined;
  /** Why there is nothing. */
  readonly why?: string;
}

/** Looks at a file of a take, whatever became of it. */
export async function lookAt(file: string, frameRate: FrameRate): Promise<FoundVideo> {
  const nothing = (why: string, bytes = 0): FoundVideo => ({
    kind: 'nothing',
    bytes,
    frames: 0,
    firstSlot: undefined,
    why,
  });
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return nothing('there is no such file');
  let bytes: number;
  let plain: boolean;
  let index: boolean;
  try {
    bytes = (await handle.stat()).size;
    if (bytes === 0) return nothing('it is empty');
    const layout = await readLayout(handle, bytes);
    plain = layout.kind === 'plain' && layout.missingBytes === 0;
    index = layout.kind !== 'other';
  } finally {
    await handle.close();
  }
  if (!index) return nothing('its process died before the first frame was in it', bytes);
  try {
    const { frames, firstUs } = await measureVideo(file, { plain });
    if (frames === 0) return nothing('it holds no whole frame', bytes);
    const firstSlot = Math.round((firstUs ?? 0) / periodUs(frameRate));
    return { kind: plain ? 'finished' : 'open', bytes, frames, firstSlot };
  } catch (error) {
    return nothing((error as Error).message.replace(`${file}: `, ''), bytes);
  }
}
