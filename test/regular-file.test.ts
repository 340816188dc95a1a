import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfigFile } from '../src/cli/options/config-file.ts';
import { readTuningFile } from '../src/cli/options/tuning-file.ts';
import { UsageError } from '../src/errors.ts';
import { readAccessUnits } from '../src/libav/read-units.ts';
import { readLines, readPieces, readText, readTextSync } from '../src/regular-file.ts';
import { readMetadata } from '../src/rpicam/metadata-reader.ts';
import { deriveTuning, readSyncTuning } from '../src/rpicam/tuning-file.ts';
import { inFolder } from './support/genlock.ts';

const deep = (open: string, close: string, times: number): string => open.repeat(times) + close.repeat(times);

describe('files of options', () => {
  it.each<[string, (file: string) => unknown, string]>([
    ['a pipe', (file) => execFileSync('mkfifo', [file]), 'is a pipe, not a file'],
    ['a device', (file) => symlinkSync('/dev/zero', file), 'is a device, not a file'],
    ['a folder', (file) => mkdirSync(file), 'is a folder, not a file'],
    [
      'a terabyte',
      (file) => {
        writeFileSync(file, '');
        truncateSync(file, 1e12);
      },
      'is larger than',
    ],
  ])('that are %s are refused in a line that names option and file', (_, make, why) =>
    inFolder(async (folder) => {
      const file = join(folder, 'x');
      make(file);
      for (const [option, read] of [
        ['--config', readConfigFile],
        ['--tuning-file', readTuningFile],
      ] as const) {
        expect(() => read(file)).toThrow(UsageError);
        expect(() => read(file)).toThrow(`${option} ${file}: ${why}`);
      }
    }),
  );

  it('of the system, which say that they are empty, are read, and within bounds', async () => {
    expect(readTextSync('/proc/self/status')).toMatch(/^Name:/);
    expect(await readText('/proc/self/status')).toMatch(/^Name:/);
    expect(() => readTextSync('/proc/self/status', 10)).toThrow('is larger than 10 bytes');
    await expect(readText('/proc/self/status', 10)).rejects.toThrow('is larger than 10 bytes');
  });

  it.each([
    ['lists', deep('[', ']', 100_000)],
    ['objects', deep('{"a":', '}', 100_000).replace('}', '1}')],
  ])('of a hundred thousand %s within each other are no tuning files', (_, value) =>
    inFolder(async (folder) => {
      const file = join(folder, 't.json');
      const text = `{"version": 2.0, "algorithms": [{"rpi.sync": {}, "rpi.awb": ${value}}]}`;
      writeFileSync(file, text);
      expect(() => readTuningFile(file)).toThrow(UsageError);
      expect(() => readTuningFile(file)).toThrow(`--tuning-file ${file}: brackets within each other`);
      for (const read of [() => deriveTuning(text, { port: 1 }, file), () => readSyncTuning(text, file)]) {
        expect(read).toThrow(UsageError);
        expect(read).toThrow(`${file}: brackets within each other`);
      }
    }),
  );
});

describe('a file that grows faster than it is read', () => {
  /**
   * Reads it; with each piece that is read it gets two more, until so much was read that it is clear that there is no
   * end.
   */
  async function reads(pieces: (file: string) => AsyncIterable<unknown>, more: string): Promise<number> {
    return inFolder(async (folder) => {
      const file = join(folder, 'x');
      // More than any reader takes at once: it has not met the end when the first piece is handed out.
      writeFileSync(file, more.repeat(2_000_000 / more.length), 'latin1');
      let read = 0;
      for await (const _ of pieces(file)) {
        appendFileSync(file, more.repeat(200_000 / more.length), 'latin1');
        if (++read >= 3_000) break;
      }
      return read;
    });
  }

  it('is read as it was when it was opened, in pieces', async () => {
    expect(await reads(readPieces, 'text')).toBeLessThan(40);
  });

  it('and by its lines', async () => {
    expect(await reads(readLines, `${'x'.repeat(19_999)}\n`)).toBe(100);
  });

  it('and by the entries of metadata', async () => {
    expect(await reads(readMetadata, `{"a": "${'x'.repeat(19_990)}"}\n`)).toBe(100);
  });

  it('and by its pictures', async () => {
    const slice = Buffer.alloc(1000, 0x11);
    slice.set([0, 0, 0, 1, 0x65, 0x88]);
    expect(await reads(readAccessUnits, slice.toString('latin1'))).toBe(2000);
  });
});

describe('metadata', () => {
  it.each([
    ['JSON', '[{"a": "'],
    ['text', 'a=b\n'],
    ['nothing at all', '\0'],
  ])('whose entry never ends (%s) are refused, at the cost of one entry', (_, begin) =>
    inFolder(async (folder) => {
      const file = join(folder, 'm.json');
      const line = 'name=value\n'.repeat(1000);
      writeFileSync(file, begin + (begin === '\0' ? '' : line.repeat(400)));
      // The rest is a hole: zeros.
      truncateSync(file, 20e9);
      const reading = (async () => {
        for await (const entry of readMetadata(file)) expect(entry).toBeUndefined();
      })();
      await expect(reading).rejects.toThrow(UsageError);
      await expect(reading).rejects.toThrow(`${file}: has an entry of over 1048576 characters`);
    }),
  );
});
