import { counted } from '../counted.ts';
import type { Take, TakeSound } from '../record/take.ts';
import { takePath } from '../record/take-path.ts';
import { readWav } from '../record/wav.ts';
import { periodUs } from '../time/frame-rate.ts';
import { hundredths } from './offsets.ts';
import { readFrameRows } from './read-frame-rows.ts';

/** A sound of a take, held against its pictures. */
export interface SoundReport {
  /** What the microphone is called. */
  readonly name: string;
  /** Its file, relative to the take. */
  readonly file: string;
  /**
   * When its first sample was taken, from frame 0 of the first camera of its host on, in us, by both their timestamps;
   * null where those can't be compared.
   */
  readonly startOffsetUs: number | null;
  /** How much longer the file is than the pictures, in us; null where it can't be read. */
  readonly longerUs: number | null;
  /** How much faster than nominal its clock ran, in ppm; null where it was too short to tell. */
  readonly driftPpm: number | null;
  /** Standard error of that. */
  readonly driftErrorPpm: number | null;
  /** True where the drift is taken out of the file. */
  readonly corrected: boolean;
  /** How far the drift has taken the file from the pictures at their end, in us; 0 where it is corrected. */
  readonly driftAtEndUs: number | null;
  /** The same in a line, with what else there is to know. */
  readonly text: string;
}

/** Clocks that are further apart than this, in us, are of two hosts. */
const TWO_HOSTS_US = 60e6;

/** What there is to say of a take's sounds. */
export async function soundReports(folder: string, take: Take): Promise<readonly SoundReport[]> {
  const frame0Us = await frame0Of(folder, take).catch(() => undefined);
  const reports: SoundReport[] = [];
  for (const sound of take.sounds ?? []) reports.push(await soundReport(folder, take, sound, frame0Us));
  return reports;
}

async function soundReport(
  folder: string,
  { frames = 0, frameRate }: Take,
  sound: TakeSound,
  frame0Us: number | undefined,
): Promise<SoundReport> {
  const { name, file, startUs, driftPpm, driftErrorPpm, corrected } = sound;
  const lengthUs = frames * periodUs(frameRate);
  const wav = await readWav(takePath(folder, file)).catch((error: Error) => error);
  const apartUs = startUs === undefined || frame0Us === undefined ? undefined : startUs - frame0Us;
  const facts = {
    ...{ name, file },
    startOffsetUs: apartUs === undefined || Math.abs(apartUs) > TWO_HOSTS_US ? null : hundredths(apartUs),
    longerUs: wav instanceof Error ? null : hundredths((wav.samples * 1e6) / wav.rate - lengthUs),
    ...{ driftPpm: driftPpm ?? null, driftErrorPpm: driftErrorPpm ?? null, corrected },
    driftAtEndUs: corrected ? 0 : driftPpm === undefined ? null : hundredths(driftPpm * 1e-6 * lengthUs),
  };
  const parts = wav instanceof Error ? [`can't be read: ${wav.message}`] : wordsOn(facts, sound, periodUs(frameRate));
  return { ...facts, text: `${file}: ${parts.join('; ')}` };
}

/** When the first camera of record's host, where the microphones are, captured frame 0, on the boot clock, in us. */
async function frame0Of(folder: string, { cameras }: Take): Promise<number | undefined> {
  const camera = cameras.find(({ host }) => host === undefined);
  if (camera === undefined) return undefined;
  const rows = readFrameRows(takePath(folder, camera.framesCsv), ['index', 'sensor_us']);
  for await (const [index, us] of rows) return index === '0' && us !== undefined && us !== '' ? Number(us) : undefined;
  return undefined;
}

function wordsOn(facts: Omit<SoundReport, 'text'>, sound: TakeSound, period: number): string[] {
  const { startOffsetUs: start, longerUs, driftPpm, driftErrorPpm, corrected, driftAtEndUs } = facts;
  const { lostSamples, lostTimes, silentFromS, rate } = sound;
  const longer = longerUs ?? 0;
  return [
    start === null
      ? 'when it begins is not known'
      : `begins ${ms(start)} ${start < 0 ? 'before' : 'after'} frame 0, by timestamps`,
    ...(Math.abs(longer) > period ? [`is ${ms(longer)} ${longer < 0 ? 'shorter' : 'longer'} than the pictures`] : []),
    driftWords(driftPpm, driftErrorPpm, corrected, driftAtEndUs),
    ...(lostSamples !== undefined && rate !== undefined
      ? [`${ms((lostSamples * 1e6) / rate)} were lost, in ${counted(lostTimes ?? 1, 'place')}: silence stands there`]
      : []),
    ...(silentFromS !== undefined ? [`silence from ${silentFromS.toFixed(1)} s on: it ended there`] : []),
  ];
}

/** Less than so many standard errors, or than this, is no drift that can be told. */
const SIGMAS = 3;
const LEAST_PPM = 0.1;

function driftWords(ppm: number | null, errorPpm: number | null, corrected: boolean, atEndUs: number | null): string {
  if (ppm === null || errorPpm === null) return 'too short to tell its drift';
  const leastPpm = Math.max(LEAST_PPM, SIGMAS * errorPpm);
  if (Math.abs(ppm) < leastPpm) return `no drift to be seen, within ${leastPpm.toFixed(1)} ppm`;
  const anHour = Math.abs(ppm) * 3.6;
  const hour = anHour < 1000 ? `${anHour.toFixed(0)} ms` : `${(anHour / 1000).toFixed(1)} s`;
  const ran = `its clock ran ${Math.abs(ppm).toFixed(1)} ppm ${ppm < 0 ? 'slow' : 'fast'}, ${hour} an hour`;
  return corrected ? `${ran}: taken out` : `${ran}: ${ms(atEndUs ?? 0)} at its end`;
}

const ms = (us: number): string => `${(Math.abs(us) / 1000).toFixed(Math.abs(us) < 10_000 ? 2 : 0)} ms`;
