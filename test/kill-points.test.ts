import { copyFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MuxerBytes } from '../src/record/encoders/muxer.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import { FileOutput } from '../src/record/encoders/outputs/file.ts';
import { decoded, writeFrames } from './support/encoding.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-kills-'));
});
afterAll(() => rm(folder, { recursive: true }));

const why = await nodeAvBackend.unavailable();
const VIDEO = { width: 320, height: 240, frameRate: { num: 30, den: 1 } };

describe.skipIf(why !== undefined)(`a file${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  test.each(['mp4', 'mov', 'mkv'])(
    'can be read whichever write its process dies before, those of the close too: %s',
    async (ending) => {
      const file = join(folder, `a.${ending}`);
      const snapshots: { readonly copy: string; readonly what: string }[] = [];
      const snap = (what: string) => {
        const copy = join(folder, `${snapshots.length}.${ending}`);
        copyFileSync(file, copy);
        snapshots.push({ copy, what });
      };
      for (const what of ['write', 'rewrite'] as const) {
        const original = FileOutput.prototype[what];
        vi.spyOn(FileOutput.prototype, what).mockImplementation(function (
          this: FileOutput,
          bytes: Uint8Array,
          at: number,
        ) {
          snap(what);
          return original.call(this, bytes, at);
        } as never);
      }
      await writeFrames(nodeAvBackend, { ...VIDEO, file }, 0, 100);
      snap('end');
      vi.restoreAllMocks();
      expect(snapshots.filter(({ what }) => what === 'rewrite').length).toBeGreaterThan(0);
      const frames: number[] = [];
      for (const { copy } of snapshots) {
        frames.push(
          await decoded(copy).then(
            (video) => video.frames.length,
            () => 0,
          ),
        );
      }
      // Nothing that was once there is gone again: fragments and clusters of 15 frames, then all.
      expect(frames).toEqual([...frames].sort((a, b) => a - b));
      for (let i = 1; i < frames.length; i++)
        expect((frames[i] as number) - (frames[i - 1] as number)).toBeLessThanOrEqual(15);
      expect(frames.at(-1)).toBe(100);
    },
  );
});

describe('what a muxer writes', () => {
  /** Texts, and where they go where that is not behind the one before. */
  type Step = readonly (readonly [text: string, at?: number])[];

  const put = (bytes: MuxerBytes, step: Step): void => {
    for (const [text, at] of step) {
      if (at !== undefined) bytes.seek(BigInt(at), 0);
      bytes.write(Buffer.from(text));
    }
  };

  /** What an output is given when each step is handed over. */
  const given = async (...steps: readonly Step[]): Promise<string[]> => {
    const said: string[] = [];
    const output = {
      write: async (bytes: Uint8Array) => void said.push(`+${Buffer.from(bytes)}`),
      rewrite: async (bytes: Uint8Array, at: number) => void said.push(`${at}=${Buffer.from(bytes)}`),
      close: async () => {},
    };
    const bytes = new MuxerBytes();
    for (const step of steps) {
      put(bytes, step);
      await bytes.handOver(output);
    }
    return said;
  };

  test('is handed over as one write', async () => {
    expect(await given([['ab'], ['cd'], ['e']])).toEqual(['+abcde']);
  });

  test('is changed before it is handed over where it is still here', async () => {
    expect(await given([['abcdef'], ['XY', 1], ['g', 6]])).toEqual(['+aXYdefg']);
  });

  test('is changed in the output last, when what is new is there', async () => {
    const said = await given(
      [['abcd']],
      [
        ['X', 0],
        ['efg', 4],
      ],
      [['YZ!', 6]],
    );
    expect(said).toEqual(['+abcd', '+efg', '0=X', '+Z!', '6=Y']);
  });

  test('is as large as it says, and seeks from here and from the end', () => {
    const bytes = new MuxerBytes();
    put(bytes, [['abcd']]);
    const seeks = [bytes.seek(0n, 0x10000), bytes.seek(-1n, 1), bytes.seek(-2n, 2), bytes.seek(3n, 0x20000)];
    expect(seeks).toEqual([4n, 3n, 2n, 3n]);
  });
});
