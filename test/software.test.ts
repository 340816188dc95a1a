import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { loadLibav } from '../src/libav/load.ts';
import { describeSoftware, distributionIn } from '../src/run/take/software.ts';

describe('what a take was recorded with', () => {
  it('names the versions of node-av and of the FFmpeg in it, where that encodes', async () => {
    const libav = await loadLibav();
    if (libav instanceof Error) throw libav;
    expect(await describeSoftware('node-av')).toMatchObject({
      node: process.versions.node,
      os: `${os.type()} ${os.release()}`,
      arch: process.arch,
      encoder: 'node-av',
      nodeAv: expect.stringMatching(/^\d+\.\d+\.\d+/),
      ffmpeg: libav.getFFmpegInfo().version,
    });
  });

  it('leaves the encoder out where there is no such', async () => {
    const { encoder, ffmpeg } = await describeSoftware('no such encoder');
    expect({ encoder, ffmpeg }).toEqual({ encoder: undefined, ffmpeg: undefined });
  });

  it('has the name of the distribution as os-release writes it: in quotes or bare', () => {
    expect(distributionIn('NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    );
    expect(distributionIn("PRETTY_NAME='Arch Linux'")).toBe('Arch Linux');
    expect(distributionIn('ID=void\nPRETTY_NAME=Void\n')).toBe('Void');
    expect(distributionIn('ID=other\nPRETTY_NAME=""\n')).toBeUndefined();
    expect(distributionIn('')).toBeUndefined();
  });
});
