import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readTake, type Take } from '../src/record/take.ts';
import { TakeJournal } from '../src/run/files/journal.ts';
import { inFolder } from './support/genlock.ts';
import { syntheticTake } from './support/take.ts';

const withFrames = (frames: number): Take => syntheticTake(1, { frames });

describe('the journal of a take', () => {
  it('writes the newest state last, and not each of those between', () =>
    inFolder(async (folder) => {
      const journal = new TakeJournal(folder, (error) => expect.unreachable(error.message));
      const states = Array.from({ length: 50 }, (_, i) => vi.fn(() => withFrames(i)));
      journal.note(states[0] as () => Take);
      await vi.waitFor(() => expect(states[0]).toHaveBeenCalled());
      for (const state of states.slice(1)) journal.note(state);
      await journal.settled();
      expect((await readTake(folder)).frames).toBe(49);
      // When the first was written, the last one was due.
      expect(states.filter((state) => state.mock.calls.length > 0)).toEqual([states[0], states[49]]);
    }));

  it('asks for the state when its turn comes', () =>
    inFolder(async (folder) => {
      const journal = new TakeJournal(folder, (error) => expect.unreachable(error.message));
      let frames = 1;
      journal.note(() => withFrames(frames));
      frames = 2;
      await journal.settled();
      expect((await readTake(folder)).frames).toBe(2);
    }));

  it('goes on after it has come to rest', () =>
    inFolder(async (folder) => {
      const journal = new TakeJournal(folder, (error) => expect.unreachable(error.message));
      await journal.settled();
      for (const frames of [1, 2]) {
        journal.note(() => withFrames(frames));
        await journal.settled();
        expect((await readTake(folder)).frames).toBe(frames);
      }
    }));

  it('tells of a state that can not be written, and writes the next one', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      const errors: string[] = [];
      const journal = new TakeJournal(folder, (error) => errors.push(error.message));
      journal.note(() => withFrames(1));
      await journal.settled();
      expect(errors).toEqual([expect.stringContaining(join(folder, 'take.json'))]);
      mkdirSync(folder);
      journal.note(() => withFrames(2));
      await journal.settled();
      expect((await readTake(folder)).frames).toBe(2);
      rmSync(folder, { recursive: true });
    }));

  it('tells of a state that can not be said, too', () =>
    inFolder(async (folder) => {
      const errors: string[] = [];
      const journal = new TakeJournal(folder, (error) => errors.push(error.message));
      journal.note(() => {
        throw new Error('no state');
      });
      await journal.settled();
      journal.note(() => withFrames(3));
      await journal.settled();
      expect(errors).toEqual(['no state']);
      expect((await readTake(folder)).frames).toBe(3);
    }));
});
