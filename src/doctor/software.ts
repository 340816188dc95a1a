import { type Finding, finding } from './finding.ts';

/**
 * The version of Node.
 * @param wanted As package.json has it: `>=20.19`.
 */
export function nodeFinding(version: string, wanted: string): Finding {
  const [least = ''] = /\d[\d.]*/.exec(wanted) ?? [];
  const [own, limit] = [version, least].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const older = limit.some(
    (number, i) => (own[i] ?? 0) < number && limit.slice(0, i).every((before, j) => own[j] === before),
  );
  if (!older) return finding('node', 'good', version);
  return finding('node', 'fail', `${version}: too old, genlock needs ${least} or later`, {
    advice: 'install Node 22 from nodejs.org or NodeSource (Raspberry Pi OS Trixie: sudo apt install nodejs npm)',
  });
}

/** By what the system's clocks are read. @param version Undefined where it does not load. */
export function koffiFinding(version: string | undefined): Finding {
  if (version !== undefined) return finding('koffi', 'good', version);
  return finding('koffi', 'warn', 'not there: clocks are read through Date.now, more coarsely', {
    advice: 'npm install koffi',
  });
}

/** A way to FFmpeg, and whether it is there. */
export interface FfmpegWay {
  readonly name: string;
  /** Of the package and of FFmpeg, as people read it: `6.1.1 (FFmpeg 8.1)`. */
  readonly version?: string | undefined;
  /** What is missing and how to get it; undefined where it works. */
  readonly missing?: string | undefined;
}

/**
 * What videos are written and read with.
 * @param ways The preferred one first.
 * @param asked The one that the take is to be encoded by, where one was asked for.
 */
export function ffmpegFinding(ways: readonly FfmpegWay[], asked?: string): Finding {
  const there = ways.filter(({ missing }) => missing === undefined);
  const missing = ways.flatMap(({ missing }) => missing ?? []);
  const value = there.map(({ name, version }) => (version === undefined ? name : `${name} ${version}`)).join('; ');
  const wanted = ways.find(({ name }) => name === asked);
  if (there.length === 0) {
    return finding('ffmpeg', 'fail', 'none: nothing to encode video with', { advice: missing.join('; or ') });
  }
  if (wanted?.missing !== undefined) {
    return finding('ffmpeg', 'fail', `${value}; not ${asked}, which was asked for`, { advice: wanted.missing });
  }
  return finding('ffmpeg', 'good', value, { limits: missing });
}
