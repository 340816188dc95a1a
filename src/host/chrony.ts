import type { TimeService } from './time-service.ts';

/**
 * What `chronyc` is asked, as comma-separated values and without looking up any name: where the clock is, which source
 * is followed, how much its measurements scatter; then what chrony.conf calls the source (chrony 4.0 and later). These
 * reports need no rights.
 */
export const CHRONYC = {
  reports: ['-n', '-c', '-m', 'tracking', 'sources', 'sourcestats'],
  names: ['-n', '-N', '-c', 'tracking'],
} as const;

/** Fields of a line of each report; they tell the reports apart. */
const FIELDS = { tracking: 14, sources: 10, sourcestats: 8 } as const;

/** The reference of a chronyd that serves its own clock (`local stratum 8`). */
const LOCAL_REFERENCE = '7F7F0101';
/** The age of a source that was never heard. */
const NEVER = 2 ** 32 - 1;

/** The source as chrony.conf calls it, from a tracking report with names. */
export function parseSourceName(text: string): string | undefined {
  const fields = text.trim().split(',');
  return fields.length === FIELDS.tracking && fields[1] !== '' ? fields[1] : undefined;
}

/**
 * Reads the three reports. The offset is `System time`, what chronyd still has to correct; the bound is the one of
 * chronyc's manual: |system time| + root dispersion + root delay / 2, and counts from the true time, past the source.
 * The jitter is the standard deviation of the source's measurements.
 * @param nowS seconds since 1970, for the age where there is no line of the source.
 * @returns undefined where the text has no tracking report, such as `506 Cannot talk to daemon`.
 */
export function parseChrony(text: string, nowS: number): TimeService | undefined {
  const lines = text.split('\n').map((line) => line.trim().split(','));
  const report = (name: keyof typeof FIELDS) => lines.filter((fields) => fields.length === FIELDS[name]);
  const tracking = report('tracking')[0];
  if (tracking === undefined) return undefined;
  const [reference = '', name = '', , refTime, systemTime, , , , , , rootDelay, rootDispersion, , leap] = tracking;
  if (leap === 'Not synchronised') return { service: 'chrony', synchronised: false };
  // A clock that is its own reference is off by nothing but what nobody can know.
  if (reference === LOCAL_REFERENCE) return { service: 'chrony', synchronised: true, ownReference: true };

  // Positive is `slow of NTP time`.
  const behindS = number(systemTime);
  const [delayS, dispersionS] = [number(rootDelay), number(rootDispersion)];
  if (behindS === undefined || delayS === undefined || dispersionS === undefined) return undefined;
  const selected = report('sources').find((fields) => fields[1] === '*');
  const scatterS = number(report('sourcestats').find((fields) => fields[0] === selected?.[2])?.[7]);
  const ageS = age(number(selected?.[6]), number(refTime), nowS);
  const isHost = selected?.[0] === '^' || selected?.[0] === '=';
  return {
    service: 'chrony',
    synchronised: true,
    ...(name !== '' && { source: name }),
    ...(isHost && { address: name }),
    offsetUs: 0 - us(behindS),
    ...(scatterS !== undefined && { jitterUs: us(scatterS) }),
    boundUs: us(Math.abs(behindS) + dispersionS + delayS / 2),
    ...(ageS !== undefined && { ageS }),
  };
}

function age(heardS: number | undefined, refTimeS: number | undefined, nowS: number): number | undefined {
  if (heardS !== undefined && heardS < NEVER) return heardS;
  return refTimeS !== undefined && refTimeS > 0 ? Math.max(0, Math.round(nowS - refTimeS)) : undefined;
}

function number(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Seconds, which chronyc prints to the ns, in us. */
function us(seconds: number): number {
  return Math.round(seconds * 1e9) / 1000;
}
