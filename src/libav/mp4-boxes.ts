import type { FileHandle } from 'node:fs/promises';

/** What the top level boxes of an MP4 (ISO/IEC 14496-12, 4.2) tell of how it was left. */
export interface Mp4Layout {
  /** `plain`: one index for the whole file; `fragmented`: an index a fragment, usable wherever the file ends; `other`: no MP4. */
  readonly kind: 'plain' | 'fragmented' | 'other';
  /** Bytes that the last box lacks at the file's end; 0 where it is whole. */
  readonly missingBytes: number;
}

/** Walks over the top level boxes of a file. A fragmented file is told by its first fragment. */
export async function readLayout(handle: FileHandle, fileBytes: number): Promise<Mp4Layout> {
  const header = Buffer.alloc(16);
  let indexed = false;
  let end = 0;
  for (let at = 0; at < fileBytes; at = end) {
    const { bytesRead } = await handle.read(header, 0, 16, at);
    if (bytesRead < 8) break;
    const type = header.toString('latin1', 4, 8);
    if (at === 0 && type !== 'ftyp') return { kind: 'other', missingBytes: 0 };
    if (type === 'moof') return { kind: 'fragmented', missingBytes: 0 };
    if (type === 'moov') indexed = true;
    const size = header.readUInt32BE(0);
    // 1: a 64 bit size follows; 0: up to the end of the file.
    const bytes = size === 1 && bytesRead === 16 ? Number(header.readBigUInt64BE(8)) : size;
    if (bytes < 8) return { kind: indexed ? 'plain' : 'other', missingBytes: 0 };
    end = at + bytes;
  }
  return { kind: indexed || end > fileBytes ? 'plain' : 'other', missingBytes: Math.max(0, end - fileBytes) };
}

/**
 * Bytes that a plain MP4 lacks at its end; 0 for a whole file. Fragmented files count as whole: what they hold can be used wherever
 * they end. So does what is no MP4.
 */
export async function missingBytes(handle: FileHandle, fileBytes: number): Promise<number> {
  return (await readLayout(handle, fileBytes)).missingBytes;
}
