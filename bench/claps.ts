/*
 * What `genlock align` makes of claps at both ends of ten minutes, by clocks that drift: a camera's sound (WAV) beside
 * that of a recorder that began 3.2 s later, as a table. Needs ffmpeg for AAC.
 *
 *     npx tsx bench/claps.ts [SEEDS a line, 1]
 *
 * Exit 1 where an answer is further off than the error that is claimed, or a clap is missed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { align } from '../src/align/align.ts';
import { random } from './pixel-clock-scene.ts';

const RATE = 48_000;
const LENGTH_S = 600;
const BEGINS_S = 3.2;
/** Rms of the noise of either microphone; full scale is 1. */
const NOISE = 0.002;
/** On the camera's clock: three at either end. */
const CLAPS_S = [5, 6.1, 7.9, 588, 589.3, 591.4];
const seeds = Number(process.argv[2] ?? 1);
if (!(seeds >= 1)) throw new Error('usage: npx tsx bench/claps.ts [SEEDS]');

const folder = mkdtempSync(join(tmpdir(), 'genlock-claps-'));
let failed = false;

/** Sound of 16 bits with claps that ring off, in noise. */
function sound(file: string, clapsS: readonly number[], peak: number, seed: number, codec: readonly string[]): string {
  const next = random(seed);
  const data = Buffer.alloc(44 + 2 * RATE * LENGTH_S);
  data.write('RIFF', 0);
  data.writeUInt32LE(data.length - 8, 4);
  data.write('WAVEfmt ', 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(RATE, 24);
  data.writeUInt32LE(2 * RATE, 28);
  data.writeUInt16LE(2, 32);
  data.writeUInt16LE(16, 34);
  data.write('data', 36);
  data.writeUInt32LE(data.length - 44, 40);
  let clap = 0;
  for (let i = 0; i < RATE * LENGTH_S; i++) {
    const s = i / RATE;
    while (clap < clapsS.length - 1 && s >= (clapsS[clap + 1] as number)) clap++;
    const since = s - (clapsS[clap] as number);
    // Evenly distributed numbers have an rms of their bound by the root of three.
    let value = Math.sqrt(3) * NOISE * (2 * next() - 1);
    if (since >= 0 && since < 0.3) value += peak * (2 * next() - 1) * Math.exp(-50 * since);
    data.writeInt16LE(Math.round(32_767 * value), 44 + 2 * i);
  }
  const wav = join(folder, `${file}.wav`);
  writeFileSync(wav, data);
  if (codec.length === 0) return wav;
  const coded = join(folder, `${file}.m4a`);
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', wav, ...codec, coded]);
  return coded;
}

try {
  const camera = new Map([0.6, 0.15].map((peak) => [peak, sound(`camera ${peak}`, CLAPS_S, peak, 1000, [])] as const));
  console.log('| drift, ppm | sound | peak | claps | off by, ms | claimed, ms | ppm read |');
  console.log('|---|---|---|---|---|---|---|');
  for (const ppm of [-300, -20, 0, 250]) {
    for (const [name, codec] of [
      ['WAV', []],
      ['AAC 96k', ['-c:a', 'aac', '-b:a', '96k']],
    ] as const) {
      for (const peak of [0.6, 0.15]) {
        for (let seed = 1; seed <= seeds; seed++) {
          // A clock that goes faster by as much has counted more by the same clap.
          const own = CLAPS_S.map((s) => (s - BEGINS_S) * (1 + ppm * 1e-6));
          const file = sound('recorder', own, peak, 2 * seed, codec);
          const { files } = await align([camera.get(peak) as string, file], { by: 'clap' });
          const [, { startUs, sigmaUs, ratePpm, points }] = files as [unknown, (typeof files)[0]];
          const offMs = startUs / 1000 - 1000 * BEGINS_S;
          const row = [ppm, name, peak, `${points} of 6`, offMs.toFixed(3), (sigmaUs / 1000).toFixed(3)];
          console.log(`| ${[...row, ratePpm?.toFixed(2) ?? 'unknown'].join(' | ')} |`);
          if (points < CLAPS_S.length || Math.abs(offMs) > sigmaUs / 1000) failed = true;
        }
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failed) process.exitCode = 1;
