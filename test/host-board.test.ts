import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Board, parseThrottled, readBoard } from '../src/host/board.ts';
import { hearOneself } from '../src/host/hear-oneself.ts';
import { systemText } from '../src/host/system-text.ts';
import { writeSpeed } from '../src/host/write-speed.ts';
import { boardText } from './support/board-text.ts';

const read = (texts: Parameters<typeof boardText>[0]): Promise<Board> => readBoard(boardText(texts));

describe('what a board says of itself', () => {
  it('is read on a Pi 5: model without its zero byte, temperature, throttling, camera memory', async () => {
    expect(
      await read({
        '/proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0',
        '/proc/meminfo': 'MemTotal:        8254288 kB\nCmaTotal:          65536 kB\nCmaFree:           60416 kB\n',
        '/sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
        '/sys/class/thermal/thermal_zone0/temp': '54300\n',
        'vcgencmd get_throttled': 'throttled=0x0\n',
      }),
    ).toEqual({
      model: 'Raspberry Pi 5 Model B Rev 1.0',
      temperatureC: 54.3,
      throttled: 0,
      cma: { totalBytes: 65_536 * 1024, freeBytes: 60_416 * 1024 },
    });
  });

  it('takes throttling from the kernel where vcgencmd does not answer', async () => {
    const { throttled } = await read({
      '/proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
      '/sys/devices/platform/soc/soc:firmware/get_throttled': '50005\n',
    });
    expect(throttled).toBe(0x5_0005);
  });

  it('asks a machine that is no Raspberry Pi for no vcgencmd', async () => {
    expect(await read({ 'vcgencmd get_throttled': 'throttled=0x50005\n' })).toEqual({});
  });

  it('takes the zone of the processor, whichever number it has', async () => {
    const { temperatureC } = await read({
      '/sys/class/thermal/thermal_zone0/type': 'iwlwifi_1\n',
      '/sys/class/thermal/thermal_zone0/temp': '33000\n',
      '/sys/class/thermal/thermal_zone3/type': 'x86_pkg_temp\n',
      '/sys/class/thermal/thermal_zone3/temp': '61000\n',
    });
    expect(temperatureC).toBe(61);
  });

  it('leaves out memory for cameras where there is none', async () => {
    expect((await read({ '/proc/meminfo': 'CmaTotal:              0 kB\nCmaFree:               0 kB\n' })).cma).toBe(
      undefined,
    );
  });

  it.each(['', 'error=1 error_msg="Command not registered"', 'throttled=', '0xzz', 'throttled=0x500050005'])(
    '%j is no throttling',
    (text) => expect(parseThrottled(text)).toBe(undefined),
  );

  it('can be read here, whatever this machine is', async () => {
    await expect(readBoard(systemText)).resolves.toBeTypeOf('object');
  });
});

describe('how fast a disk is', () => {
  it('is more than nothing, and nothing stays behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'genlock-speed-'));
    try {
      expect(await writeSpeed(folder, 50, 8 << 20)).toBeGreaterThan(0);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('can not be tried where there is no such folder', async () => {
    await expect(writeSpeed('/nowhere/at/all', 50, 1 << 20)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a message to oneself', () => {
  it('comes back by the loopback', async () => {
    expect(await hearOneself('239.255.255.250', '127.0.0.1', 10_000)).toMatchObject({ heard: true });
  });

  it('does not where no interface has the address', async () => {
    expect(await hearOneself('239.255.255.250', '192.0.2.77', 10_000)).toEqual({ heard: false });
  });
});
