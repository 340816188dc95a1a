import { describe, expect, it } from 'vitest';
import { withoutServer } from '../src/run/take/without-server.ts';

const [ours, stock] = [{ spec: 'virtual:imx219' }, { spec: 'rpicam:1' }];

describe('cameras that their server has left', () => {
  it('are said to run free where they are stock ones, or follow by the stock algorithm', () => {
    expect(withoutServer([stock, stock], 'tracking', false)).toMatch(/the others run free, each by its own clock$/);
    expect(withoutServer([ours], 'stock', false)).toMatch(/the others run free/);
    expect(withoutServer([ours, stock], 'tracking', false)).toMatch(/stock cameras run free.*the others go on by its/);
  });

  it('are said to go by its last known rate, or by its frames that are carried on, where they do', () => {
    expect(withoutServer([ours, ours], 'tracking', false)).toMatch(/the others go on by its last known rate$/);
    expect(withoutServer([ours, stock], 'tracking', true)).toMatch(/record carries on its frames/);
    expect(withoutServer([], 'tracking', false)).toBe('');
  });
});
