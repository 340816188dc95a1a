/*
 * CPU seconds of the recorder against `ffmpeg` fed the same frames through a pipe, with the same encoder settings:
 *
 *     npx tsx bench/recorder.ts [--frames 600] [--pairs 9] [--size 1280x720]
 *
 * Each side is a process of its own with the frames in memory. Ours: slots, queue, encode, mux, in process. Theirs: a
 * process that writes the frames to a pipe, and ffmpeg. CPU time (user and system) is read from the kernel's counters
 * of the process and of its reaped children, from when the frames are in memory to when the file is closed; of ours,
 * loading the encoder is taken off by recording one frame to another file first; of ffmpeg, its start is taken off by a
 * run over one frame.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Picture } from '../src/camera/picture.ts';
import { pictureBytes } from '../src/camera/picture.ts';
import { findSystemFfmpeg } from '../src/libav/system-ffmpeg.ts';
import type { EncoderOptions } from '../src/record/encoder.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import { x264Settings } from '../src/record/encoders/x264.ts';
import { Recorder } from '../src/record/recorder.ts';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '600' },
    pairs: { type: 'string', default: '9' },
    size: { type: 'string', default: '1280x720' },
    side: { type: 'string' },
    folder: { type: 'string' },
  },
});
const [width = 0, height = 0] = values.size.split('x').map(Number);
const frames = Number(values.frames);
const frameRate = { num: 30, den: 1 };

/** Distinct pictures held in memory, played to and fro; 83 MB at 1280x720. */
const DISTINCT = 60;

/** What one side took. */
interface Cost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly bytes: number;
}

if (values.side !== undefined && values.folder !== undefined) {
  const run = values.side === 'ours' ? recordOurs : recordPiped;
  process.stdout.write(JSON.stringify(await run(makePictures(), values.folder)));
} else {
  await comparePairs();
}

async function comparePairs(): Promise<void> {
  const ffmpeg = await findSystemFfmpeg();
  const why = ffmpeg ? await nodeAvBackend.unavailable() : 'no ffmpeg on this system to compare with';
  if (why !== undefined) throw new Error(why);
  const folder = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
  const settings = Object.entries(x264Settings(optionsFor('x.mp4'))).map(([name, value]) => `${name} ${value}`);
  console.log(`${frames} frames of ${values.size}, libx264 ${settings.join(', ')}`);
  console.log(
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}, ffmpeg ${ffmpeg?.version}`,
  );
  console.log('pair   ours: CPU s   wall s   kB      ffmpeg: CPU s   wall s   kB      ratio');
  const ratios: number[] = [];
  try {
    for (let pair = 1; pair <= Number(values.pairs); pair++) {
      // The order alternates, so that what the machine does besides meets both sides.
      const order = pair % 2 ? ['ours', 'ffmpeg'] : ['ffmpeg', 'ours'];
      const costs = new Map<string, Cost>();
      for (const side of order) costs.set(side, await runSide(side, folder));
      const [ours, theirs] = [costs.get('ours'), costs.get('ffmpeg')];
      if (!ours || !theirs) throw new Error('a side did not run');
      const ratio = ours.cpuSeconds / theirs.cpuSeconds;
      ratios.push(ratio);
      console.log(`${String(pair).padEnd(7)}${row(ours)}   ${row(theirs)}   ${ratio.toFixed(3)}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const median = ratios.sort((a, b) => a - b)[ratios.length >> 1] ?? Number.NaN;
  console.log(`median ratio ${median.toFixed(3)} (at most 1.0 wanted)`);
  if (!(median <= 1)) process.exitCode = 1;
}

function row({ cpuSeconds, wallSeconds, bytes }: Cost): string {
  return `${cpuSeconds.toFixed(2).padStart(11)}${wallSeconds.toFixed(2).padStart(9)}${(bytes / 1000).toFixed(0).padStart(8)}   `;
}

function runSide(side: string, folder: string): Promise<Cost> {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), '--side', side, '--folder', folder];
  const child = spawn(process.execPath, [...args, '--size', values.size, '--frames', values.frames], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(out) as Cost) : reject(new Error(`${side}: exit ${code}`)),
    );
  });
}

/** Slots, queue, encode, mux. The camera's place is taken by a loop that offers a frame whenever the queue has room. */
async function recordOurs(pictures: readonly Picture[], folder: string): Promise<Cost> {
  const record = async (file: string, count: number): Promise<void> => {
    const encoder = await nodeAvBackend.open(optionsFor(file));
    let wake: (() => void) | undefined;
    const recorder = new Recorder<undefined>(encoder, { width, height, onSlot: () => wake?.() });
    for (let slot = 0; slot < count; slot++) {
      while (recorder.summary().queued >= 8) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      recorder.offer(slot, pictureAt(pictures, slot), undefined);
    }
    const { captured, frames: written } = await recorder.finish(count);
    if (captured !== count || written !== count) throw new Error(`${captured} of ${count} frames were captured`);
  };
  await record(join(folder, 'warm.mp4'), 1);
  return cost(join(folder, 'ours.mp4'), (file) => record(file, frames));
}

/** The frames into ffmpeg's stdin, as fast as it takes them. */
async function recordPiped(pictures: readonly Picture[], folder: string): Promise<Cost> {
  const pipe = async (file: string, count: number): Promise<void> => {
    const settings = Object.entries(x264Settings(optionsFor(file))).flatMap(([name, value]) => [`-${name}:v`, value]);
    const input = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', values.size, '-r', '30', '-i', 'pipe:0'];
    const args = ['-loglevel', 'error', ...input, '-c:v', 'libx264', ...settings, '-pix_fmt', 'yuv420p', '-y', file];
    const child = spawn('ffmpeg', args, { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = new Promise<void>((resolve, reject) => {
      child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`ffmpeg: exit ${code}`))));
    });
    for (let slot = 0; slot < count; slot++) {
      const { data } = pictureAt(pictures, slot);
      if (!child.stdin.write(data)) await new Promise<void>((resolve) => child.stdin.once('drain', resolve));
    }
    child.stdin.end();
    await ended;
  };
  const start = await cost(join(folder, 'warm.mp4'), (file) => pipe(file, 1));
  const all = await cost(join(folder, 'theirs.mp4'), (file) => pipe(file, frames));
  return { ...all, cpuSeconds: all.cpuSeconds - start.cpuSeconds };
}

async function cost(file: string, run: (file: string) => Promise<void>): Promise<Cost> {
  const [cpuBefore, wallBefore] = [cpuSeconds(), performance.now()];
  await run(file);
  return {
    cpuSeconds: cpuSeconds() - cpuBefore,
    wallSeconds: (performance.now() - wallBefore) / 1000,
    bytes: statSync(file).size,
  };
}

/**
 * User and system time of this process, and of its children that have ended (proc(5): cutime, cstime; 100 ticks a
 * second).
 */
function cpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / 100;
}

function optionsFor(file: string): EncoderOptions {
  return { file, width, height, frameRate };
}

function pictureAt(pictures: readonly Picture[], slot: number): Picture {
  const at = slot % (2 * DISTINCT);
  return pictures[at < DISTINCT ? at : 2 * DISTINCT - 1 - at] as Picture;
}

/**
 * A gradient with texture that pans, a bright block that moves across it, and noise: some 10 to 20 Mbit/s at crf 23.
 */
function makePictures(): Picture[] {
  let seed = 1;
  const noise = new Uint8Array(1 << 16);
  for (let i = 0; i < noise.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    noise[i] = seed >>> 29;
  }
  return Array.from({ length: DISTINCT }, (_, n) => {
    const data = new Uint8Array(pictureBytes(width, height));
    const block = (n * 9) % width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const inBlock = x >= block && x < block + 160 && y > height / 3 && y < height / 2;
        const texture = 24 * Math.sin((x + 3 * n) / 19) * Math.cos((y + n) / 23);
        const grain = noise[(x * 7 + y * 131 + n * 8191) & 0xffff] as number;
        data[y * width + x] = (inBlock ? 200 : 60 + (x >> 4) + texture) + grain;
      }
    }
    for (let i = width * height; i < data.length; i++) data[i] = 118 + ((i >> 7) & 15);
    return { width, height, data };
  });
}
