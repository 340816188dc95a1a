import { describe, expect, it } from 'vitest';
import { settleTake } from '../src/options/take.ts';
import { readTake } from '../src/record/take.ts';
import type { TakeOptions } from '../src/run/plan/options.ts';
import type { CameraChain } from '../src/run/take/camera-chain.ts';
import { describeTake } from '../src/run/take/describe.ts';
import { TakeFinish } from '../src/run/take/finish.ts';
import { inFolder } from './support/genlock.ts';

/** What becomes of a take of 90 frames that was interrupted when its two cameras had so many. */
const interrupted = (frames: number) =>
  inFolder(async (folder) => {
    const options: TakeOptions = {
      ...settleTake({ verify: false }),
      ...{ folder, specs: ['0', '1'], names: ['cam0', 'cam1'], frames: 90, interfaces: undefined },
    };
    const cameras = ['cam0', 'cam1'].map((name) => {
      const end = { ok: true, frames, interrupted: true };
      return {
        name,
        spec: '0',
        end,
        failures: [],
        recorded: true,
        describe: () => ({ frames }),
      } as unknown as CameraChain;
    });
    const finish = new TakeFinish(
      {
        ...{ options, cameras, stock: undefined, interrupted: true, stopIndex: 95, problems: [] },
        describe: (state, ended) => describeTake(options, { state, started: ended, ended, cameras }),
      },
      {},
    );
    const result = await finish.run(undefined);
    return { result, written: await readTake(folder) };
  });

describe('a take that is interrupted', () => {
  it('in the last moment, and has all its frames, is complete', async () => {
    const { result, written } = await interrupted(90);
    expect(result).toMatchObject({ good: true, interrupted: false, take: { state: 'complete' } });
    expect(written.state).toBe('complete');
  });

  it('a frame before that is an interrupted one', async () => {
    const { result, written } = await interrupted(89);
    expect(result).toMatchObject({ good: false, interrupted: true, take: { state: 'interrupted' } });
    expect(written).toMatchObject({ state: 'interrupted', frames: 89 });
  });
});
