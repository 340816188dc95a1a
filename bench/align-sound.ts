/**
 * What `genlock align` takes for long sound: an hour of stereo AAC beside ten minutes of WAV, both with claps at both
 * ends. Needs ffmpeg. Prints the largest memory that the command held (VmHWM of /proc, Linux), its time, and what it
 * answered beside what is right.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HOUR_S = 3600;
const SHORT_S = 600;
/** What the command may hold. */
const MOST_MB = 200;
const BEGINS_S = 3.2;
/** Claps from the beginning of the shorter file, in s: three at either end of ten minutes. */
const CLAPS_S = [5, 6.1, 7.9, 588, 589.3, 591.4];

const folder = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
/** Noise with claps that ring off, as in a room. */
const sound = (file: string, seconds: number, shiftS: number, codec: readonly string[]): void => {
  const claps = CLAPS_S.map((s) => s + shiftS);
  const rings = claps.map((s, i) => `0.6*random(${i + 1})*exp(-60*max(0,t-${s}))*between(t,${s},${s + 0.3})`).join('+');
  const source = `aevalsrc='0.003*random(0)+${rings}|0.003*random(9)+${rings}':s=48000:d=${seconds}`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, join(folder, file)]);
};

try {
  sound('hour.m4a', HOUR_S, BEGINS_S, ['-c:a', 'aac', '-b:a', '96k']);
  sound('short.wav', SHORT_S, 0, ['-ac', '1']);
  const began = performance.now();
  const args = ['dist/cli.js', 'align', '--json', join(folder, 'hour.m4a'), join(folder, 'short.wav')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let peakKb = 0;
  const look = setInterval(() => {
    try {
      const [, kb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      peakKb = Math.max(peakKb, Number(kb ?? 0));
    } catch {
      // It has ended.
    }
  }, 20);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(look);
  if (peakKb > MOST_MB * 1024) process.exitCode = 1;
  if (code !== 0) throw new Error(`align ended with ${code}`);
  const { files } = JSON.parse(out) as { files: { startUs: number; sigmaUs: number }[] };
  const [, short] = files;
  console.log(
    `an hour of stereo AAC beside ten minutes of WAV: ${(peakKb / 1024).toFixed(0)} MB at most, ` +
      `${((performance.now() - began) / 1000).toFixed(1)} s; begins at ${((short?.startUs ?? Number.NaN) / 1e6).toFixed(6)} s ` +
      `+- ${((short?.sigmaUs ?? Number.NaN) / 1000).toFixed(1)} ms, right is ${BEGINS_S.toFixed(6)} s`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
