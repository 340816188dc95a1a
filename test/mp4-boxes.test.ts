import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Mp4Layout, missingBytes, readLayout } from '../src/libav/mp4-boxes.ts';
import { inFolder } from './support/genlock.ts';

/** A box of ISO/IEC 14496-12: 32 bits of size, the type, the rest. */
function box(type: string, bytes: number, size = bytes + 8): Buffer {
  const made = Buffer.alloc(bytes + 8);
  made.writeUInt32BE(size, 0);
  made.write(type, 4, 'latin1');
  return made;
}

/** A box whose size stands in 64 bits behind the type. */
function largeBox(type: string, bytes: number): Buffer {
  const made = Buffer.alloc(bytes + 16);
  made.writeUInt32BE(1, 0);
  made.write(type, 4, 'latin1');
  made.writeBigUInt64BE(BigInt(bytes + 16), 8);
  return made;
}

const layoutOf = (...boxes: Buffer[]): Promise<Mp4Layout> =>
  inFolder(async (folder) => {
    const [file, bytes] = [join(folder, 'a.mp4'), Buffer.concat(boxes)];
    await writeFile(file, bytes);
    const handle = await open(file, 'r');
    try {
      const layout = await readLayout(handle, bytes.length);
      expect(await missingBytes(handle, bytes.length)).toBe(layout.missingBytes);
      return layout;
    } finally {
      await handle.close();
    }
  });

const cut = (buffer: Buffer, lacking: number): Buffer => buffer.subarray(0, buffer.length - lacking);

describe('the boxes of an MP4', () => {
  it('tell a plain file, wherever its index stands', async () => {
    const plain = { kind: 'plain', missingBytes: 0 };
    expect(await layoutOf(box('ftyp', 16), box('mdat', 100), box('moov', 50))).toEqual(plain);
    expect(await layoutOf(box('ftyp', 16), box('moov', 50), box('mdat', 100))).toEqual(plain);
    expect(await layoutOf(box('ftyp', 16), largeBox('mdat', 100), box('moov', 50))).toEqual(plain);
  });

  it('tell how much of the last one is missing', async () => {
    const media = cut(box('mdat', 100), 33);
    expect(await layoutOf(box('ftyp', 16), box('moov', 50), media)).toEqual({ kind: 'plain', missingBytes: 33 });
    expect(await layoutOf(box('ftyp', 16), cut(largeBox('mdat', 100), 7))).toEqual({ kind: 'plain', missingBytes: 7 });
    expect(await layoutOf(box('ftyp', 16), box('mdat', 100), cut(box('moov', 50), 1))).toEqual({
      kind: 'plain',
      missingBytes: 1,
    });
  });

  it('tell fragments by the first one: they can be used wherever the file ends', async () => {
    const fragmented = { kind: 'fragmented', missingBytes: 0 };
    const begin = [box('ftyp', 16), box('moov', 50)];
    expect(await layoutOf(...begin, box('moof', 20), box('mdat', 100))).toEqual(fragmented);
    expect(await layoutOf(...begin, box('moof', 20), cut(box('mdat', 100), 50))).toEqual(fragmented);
    expect(await layoutOf(...begin, cut(box('moof', 20), 20))).toEqual(fragmented);
  });

  it('that hold no index are no file to read', async () => {
    const other = { kind: 'other', missingBytes: 0 };
    expect(await layoutOf()).toEqual(other);
    expect(await layoutOf(box('ftyp', 16))).toEqual(other);
    expect(await layoutOf(Buffer.from('not a box'))).toEqual(other);
    expect(await layoutOf(Buffer.from('mp4'))).toEqual(other);
    expect(await layoutOf(box('mdat', 30), box('moov', 50))).toEqual(other);
  });

  it('of a size that can not be end the walk, and never stop it from ending', async () => {
    expect(await layoutOf(box('ftyp', 16), box('free', 0, 0))).toEqual({ kind: 'other', missingBytes: 0 });
    expect(await layoutOf(box('ftyp', 16), box('moov', 50), box('mdat', 100, 0))).toEqual({
      kind: 'plain',
      missingBytes: 0,
    });
    expect(await layoutOf(box('ftyp', 16), box('moov', 50), box('free', 0, 3))).toEqual({
      kind: 'plain',
      missingBytes: 0,
    });
    // Half of a 64 bit size.
    expect(await layoutOf(box('ftyp', 16), cut(largeBox('mdat', 0), 4))).toEqual({ kind: 'other', missingBytes: 0 });
    // Half of a header behind whole boxes.
    expect(await layoutOf(box('ftyp', 16), box('moov', 50), Buffer.from('mda'))).toEqual({
      kind: 'plain',
      missingBytes: 0,
    });
  });
});
