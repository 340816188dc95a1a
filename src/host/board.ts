import type { SystemText } from './system-text.ts';

/** What a board says of itself. What it does not say is left out. */
export interface Board {
  /** As the device tree names it: `Raspberry Pi 5 Model B Rev 1.0`. Machines without a device tree have none. */
  readonly model?: string;
  /** Of the processor, degrees Celsius. */
  readonly temperatureC?: number;
  /** Why a Raspberry Pi slows itself down: bits as `vcgencmd get_throttled` has them. */
  readonly throttled?: number;
  /** Memory for the buffers of cameras and codecs, in bytes. */
  readonly cma?: { readonly totalBytes: number; readonly freeBytes: number };
}

/** The same bits as vcgencmd's, in hexadecimal digits. */
const THROTTLED_FILE = '/sys/devices/platform/soc/soc:firmware/get_throttled';
/** More zones than any board that this runs on has. */
const ZONES = Array.from({ length: 10 }, (_, i) => `/sys/class/thermal/thermal_zone${i}`);
/** Zones of the processor: Raspberry Pi's name for it, and those of PCs. */
const PROCESSOR_ZONES = ['cpu-thermal', 'cpu_thermal', 'x86_pkg_temp', 'acpitz'];

/** Reads what the device tree, /proc, /sys and, on a Raspberry Pi, vcgencmd say. */
export async function readBoard(text: SystemText): Promise<Board> {
  const { read } = text;
  const model = (await read('/proc/device-tree/model'))?.replaceAll('\0', '').trim();
  const [temperatureC, cma, throttled] = await Promise.all([
    readTemperature(text),
    read('/proc/meminfo').then((meminfo) => parseCma(meminfo ?? '')),
    isRaspberryPi(model) ? readThrottled(text) : undefined,
  ]);
  return {
    ...(model && { model }),
    ...(temperatureC !== undefined && { temperatureC }),
    ...(throttled !== undefined && { throttled }),
    ...(cma && { cma }),
  };
}

/** Whether a board is a Raspberry Pi, by its name. */
export const isRaspberryPi = (model: string | undefined): boolean => model?.includes('Raspberry Pi') === true;

/** Reads `throttled=0x50005`, or the digits alone. */
export function parseThrottled(text: string): number | undefined {
  const [, digits] = /^(?:throttled=)?(?:0x)?([0-9a-f]{1,8})$/i.exec(text.trim()) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

async function readThrottled({ run, read }: SystemText): Promise<number | undefined> {
  const { code, out } = await run('vcgencmd', ['get_throttled']);
  const told = code === 0 ? parseThrottled(out) : undefined;
  return told ?? parseThrottled((await read(THROTTLED_FILE)) ?? '');
}

function parseCma(meminfo: string): Board['cma'] {
  const bytes = (name: string): number => {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo) ?? [];
    return Number(kilobytes ?? Number.NaN) * 1024;
  };
  const [totalBytes, freeBytes] = [bytes('CmaTotal'), bytes('CmaFree')];
  return totalBytes > 0 && freeBytes >= 0 ? { totalBytes, freeBytes } : undefined;
}

async function readTemperature({ read }: SystemText): Promise<number | undefined> {
  for (const wanted of PROCESSOR_ZONES) {
    for (const zone of ZONES) {
      if ((await read(`${zone}/type`))?.trim() !== wanted) continue;
      const thousandths = Number((await read(`${zone}/temp`)) ?? Number.NaN);
      if (Number.isFinite(thousandths) && thousandths !== 0) return thousandths / 1000;
    }
  }
  return undefined;
}
