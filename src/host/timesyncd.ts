import type { TimeService } from './time-service.ts';

/** What `timedatectl` is asked: the last measurement, and when it was (which the first does not say). */
export const TIMEDATECTL = {
  status: ['timesync-status'],
  message: ['show-timesync', '--property=NTPMessage'],
} as const;

/** How fast a clock that was right a moment ago is assumed to go wrong: PHI of RFC 5905, section 11. */
const DRIFT_PPM = 15;

/** systemd's time spans (systemd.time(7)), in us. A month and a year are never that far off. */
const UNITS = new Map([
  ['us', 1],
  ['ms', 1e3],
  ['s', 1e6],
  ['min', 60e6],
  ['h', 3600e6],
  ['d', 86_400e6],
  ['w', 604_800e6],
]);

/**
 * Reads `timedatectl timesync-status` and `timedatectl show-timesync --property=NTPMessage`, both printed with TZ=UTC.
 *
 * The offset is that of the last measurement, before it was corrected; measurements are up to 34 minutes apart. The
 * bound is what the server says of itself (root distance) + half the delay to it + |offset| + 15 us for each second
 * since.
 * @param nowS seconds since 1970.
 * @returns undefined where the first text is not a status, such as when systemd-timesyncd does not run.
 */
export function parseTimesyncd(status: string, message: string, nowS: number): TimeService | undefined {
  const fields = new Map(
    status.split('\n').map((line) => {
      const [name = '', ...value] = line.split(': ');
      return [name.trim(), value.join(': ').trim()] as const;
    }),
  );
  const packets = fields.get('Packet count');
  if (packets === undefined) return undefined;
  const synchronised = Number(packets) > 0 && fields.get('Leap') !== 'not synchronized';
  if (!synchronised) return { service: 'systemd-timesyncd', synchronised };

  const [, address, name] = /^(\S+) \((.*)\)$/.exec(fields.get('Server') ?? '') ?? [];
  const source = name !== undefined && name !== 'n/a' ? name : address;
  const offset = /^([+-])(.*)$/.exec(fields.get('Offset') ?? '');
  // `+` is a server whose clock is ahead of this one.
  const behindUs = offset && timeSpanUs(offset[2]);
  const offsetUs = behindUs && (offset?.[1] === '+' ? -behindUs : behindUs);
  const distanceUs = timeSpanUs(fields.get('Root distance')?.replace(/ \(.*\)$/, ''));
  const delayUs = timeSpanUs(fields.get('Delay'));
  const ageS = ageOf(message, nowS);
  const known = offsetUs != null && distanceUs !== undefined && delayUs !== undefined && ageS !== undefined;
  return {
    service: 'systemd-timesyncd',
    synchronised,
    ...(source !== undefined && { source }),
    ...(address !== undefined && { address }),
    ...(offsetUs != null && { offsetUs }),
    ...(known && { boundUs: Math.abs(offsetUs) + distanceUs + delayUs / 2 + DRIFT_PPM * ageS }),
    ...(ageS !== undefined && { ageS }),
  };
}

/** Reads a time span as systemd prints it (`1min 4s`, `89us`, `1.207ms`, `0`), in us. */
export function timeSpanUs(text: string | undefined): number | undefined {
  if (text === '0') return 0;
  if (text === undefined || text === '') return undefined;
  let sum = 0;
  for (const part of text.split(' ')) {
    const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(part) ?? [];
    const scale = UNITS.get(unit);
    if (digits === undefined || scale === undefined) return undefined;
    sum += Number(digits) * scale;
  }
  return Math.round(sum);
}

/** Seconds since the last answer arrived: `DestinationTimestamp=Mon 2026-11-23 00:08:41 UTC`. */
function ageOf(message: string, nowS: number): number | undefined {
  const [, day, time] = /DestinationTimestamp=\w+ (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(message) ?? [];
  const arrivedMs = Date.parse(`${day}T${time}Z`);
  return Number.isFinite(arrivedMs) ? Math.max(0, Math.round(nowS - arrivedMs / 1000)) : undefined;
}
