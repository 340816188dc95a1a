import { describe, expect, it } from 'vitest';
import { asksForDebug } from '../src/rpicam/log-levels.ts';
import { notPassedOn, stockEnvironment } from '../src/run/stock/environment.ts';

const STEERING = ['RPiSync', 'IPARPI', 'ClockRec'];

describe('the environment of a stock process', () => {
  it('that is steered asks for what its steerer hears it by, whatever the user wants logged', () => {
    for (const levels of [undefined, '', '*:ERROR', 'RPiSync:WARN', 'RPiAwb:DEBUG,*:3']) {
      const asked = stockEnvironment(true, undefined, { LIBCAMERA_LOG_LEVELS: levels }).LIBCAMERA_LOG_LEVELS ?? '';
      const backwards = asked.split(',').reverse().join(',');
      // By the last word that fits, and by the first.
      for (const each of [asked, backwards]) {
        for (const category of STEERING) expect(asksForDebug(each, category)).toBe(true);
      }
    }
    const asked = stockEnvironment(true, undefined, { LIBCAMERA_LOG_LEVELS: 'RPiAwb:DEBUG' }).LIBCAMERA_LOG_LEVELS;
    expect(asksForDebug(asked, 'RPiAwb')).toBe(true);
  });

  it('keeps its log on stderr, and all else as it is', () => {
    const given = { PATH: '/bin', LIBCAMERA_LOG_FILE: '/tmp/log', LIBCAMERA_RPI_CONFIG_FILE: '/etc/rpi.yaml' };
    expect(stockEnvironment(false, undefined, given)).toEqual({
      PATH: '/bin',
      LIBCAMERA_RPI_CONFIG_FILE: '/etc/rpi.yaml',
    });
  });

  it('lacks nothing that is not said', () => {
    expect(notPassedOn(true, { LIBCAMERA_LOG_LEVELS: '' })).toEqual([]);
    expect(notPassedOn(false, { LIBCAMERA_LOG_LEVELS: '*:DEBUG' })).toEqual([]);
    expect(notPassedOn(true, { LIBCAMERA_LOG_LEVELS: '*:DEBUG', LIBCAMERA_LOG_FILE: '/tmp/log' })).toEqual([
      expect.stringMatching(/LIBCAMERA_LOG_FILE has no effect/),
      expect.stringMatching(/LIBCAMERA_LOG_LEVELS has no effect/),
    ]);
  });
});
