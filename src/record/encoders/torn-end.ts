import { open } from 'node:fs/promises';

/**
 * Takes the end off an MP4 in fragments whose last one was not written to its end, as on a full disk: a decoder would show half a picture.
 * Box sizes by ISO/IEC 14496-12, 4.2. What is no file, or whole, stays as it is.
 */
export async function cutTornEnd(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return;
    const header = Buffer.alloc(16);
    let whole = 0;
    for (let at = 0; at < stat.size; ) {
      const { bytesRead } = await handle.read(header, 0, 16, at);
      const size = header.readUInt32BE(0);
      // 1: a 64 bit size follows.
      const bytes = size === 1 && bytesRead === 16 ? Number(header.readBigUInt64BE(8)) : size;
      if (bytesRead < 8 || bytes < 8 || at + bytes > stat.size) break;
      at += bytes;
      // The header of a fragment without its data is of no use.
      if (header.toString('latin1', 4, 8) !== 'moof') whole = at;
    }
    if (whole < stat.size) await handle.truncate(whole);
  } finally {
    await handle.close();
  }
}
