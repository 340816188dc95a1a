import type { FileHandle } from 'node:fs/promises';

/** What the top level boxes of an MP4 (ISO/IEC 14496-12, 4.2) tell of how it was left. */
export interface Mp4Layout {
  /**
   * `plain`: one index for the whole file; `fragmented`: an index a fragment, usable wherever the file ends; `other`:
   * no MP4.
   */
  readonly kind: 'plain' | 'fragmented' | 'other';
  /** Bytes that the last box lacks at the file's end; 0 where it is whole. */
  readonly missingBytes: number;
}

/** A box of the top level. */
export interface TopBox {
  /** Four characters: `ftyp`, `moov`, `moof`, `mdat`. */
  readonly type: string;
  /** Where it begins and where it ends, bytes from the file's beginning; its end may lie beyond the file's. */
  readonly at: number;
  readonly end: number;
}

/**
 * Goes over the top level boxes of a file, up to one that has no size of its own: one up to the end of the file, or
 * what is no box.
 */
export async function* topBoxes(handle: FileHandle, fileBytes: number): AsyncGenerator<TopBox> {
  const header = Buffer.alloc(16);
  for (let at = 0; at < fileBytes; ) {
    const { bytesRead } = await handle.read(header, 0, 16, at);
    if (bytesRead < 8) return;
    const size = header.readUInt32BE(0);
    // 1: a 64 bit size follows; 0: up to the end of the file.
    const bytes = size === 1 && bytesRead === 16 ? Number(header.readBigUInt64BE(8)) : size;
    const box = { type: header.toString('latin1', 4, 8), at, end: bytes < 8 ? at : at + bytes };
    yield box;
    if (bytes < 8) return;
    at = box.end;
  }
}

/** Tells a file by its top level boxes: a fragmented one by its first fragment. */
export async function readLayout(handle: FileHandle, fileBytes: number): Promise<Mp4Layout> {
  let indexed = false;
  let last = 0;
  for await (const { type, at, end } of topBoxes(handle, fileBytes)) {
    if (at === 0 && type !== 'ftyp') return { kind: 'other', missingBytes: 0 };
    if (type === 'moof') return { kind: 'fragmented', missingBytes: 0 };
    if (type === 'moov') indexed = true;
    if (end === at) return { kind: indexed ? 'plain' : 'other', missingBytes: 0 };
    last = end;
  }
  return { kind: indexed || last > fileBytes ? 'plain' : 'other', missingBytes: Math.max(0, last - fileBytes) };
}

/**
 * Bytes that a plain MP4 lacks at its end; 0 for a whole file. Fragmented files count as whole: what they hold can be
 * used wherever they end. So does what is no MP4.
 */
export async function missingBytes(handle: FileHandle, fileBytes: number): Promise<number> {
  return (await readLayout(handle, fileBytes)).missingBytes;
}
