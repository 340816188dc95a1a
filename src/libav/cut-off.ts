import type { FileHandle } from 'node:fs/promises';

/**
 * Bytes that a plain MP4 lacks at its end, by the sizes of its top level boxes (ISO/IEC 14496-12, 4.2); 0 for a whole file. Fragmented
 * files count as whole: what they hold can be used wherever they end. So does what is no MP4.
 */
export async function missingBytes(handle: FileHandle, fileBytes: number): Promise<number> {
  const header = Buffer.alloc(16);
  let end = 0;
  for (let at = 0; at < fileBytes; at = end) {
    const { bytesRead } = await handle.read(header, 0, 16, at);
    if (bytesRead < 8) return 0;
    const type = header.toString('latin1', 4, 8);
    if ((at === 0 && type !== 'ftyp') || type === 'moof') return 0;
    const size = header.readUInt32BE(0);
    // 1: a 64 bit size follows; 0: up to the end of the file.
    const bytes = size === 1 && bytesRead === 16 ? Number(header.readBigUInt64BE(8)) : size;
    if (bytes < 8) return 0;
    end = at + bytes;
  }
  return Math.max(0, end - fileBytes);
}
