/*
 * CPU of the sync loop of one camera at 30 fps, as a share of a core: `npx tsx bench/loop.ts`. Per frame: a pair of
 * clock readings, clock recovery, the client machine, and once a second a message through the guard. Limit: 1 %.
 */
import { openClock } from '../src/host/clock.ts';
import { linesFor, modesOf, type SensorMode } from '../src/sensor/sensor-models.ts';
import { TrackingClient } from '../src/sync/tracking/client.ts';
import { TrackingServer } from '../src/sync/tracking/server.ts';
import { ClockRecovery } from '../src/time/clock-recovery.ts';
import { bootUs } from '../src/time/units.ts';
import { machine } from './machine.ts';

const FRAMES = 100_000;
const FPS = 30;
const LIMIT = 0.01;

const mode = modesOf('imx219')[0] as SensorMode;
const frameUs = linesFor(mode, 1e6 / FPS) * mode.lineUs;
const clock = openClock();
const recovery = new ClockRecovery();
const server = new TrackingServer({ sessionId: '0123456789abcdef', frameUs, syncPeriod: FPS, readyFrame: 100 });
const client = new TrackingClient(
  { lineUs: mode.lineUs, controlDelayFrames: 2, shortestFrameUs: 24_000, longestFrameUs: 1e6, frameUs },
  1e6 / FPS,
);
const offset = clock.wall() - clock.boot();

function run(frames: number, from: number): number {
  const before = process.cpuUsage();
  for (let i = from; i < from + frames; i++) {
    const at = bootUs(1e9 + i * frameUs);
    recovery.add(clock.pair());
    const wall = at + offset;
    const { send } = server.frame(wall, at);
    if (send !== undefined) client.receive(send, 'server', wall);
    client.frame(wall, at, frameUs);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / frames;
}

run(FRAMES / 10, 0);
const us = run(FRAMES, FRAMES / 10);
const share = (us * FPS) / 1e6;
console.log(`${machine()}\n`);
console.log(`sync loop (server and client machine together): ${us.toFixed(2)} us of CPU a frame`);
console.log(`at ${FPS} fps ${(share * 100).toFixed(3)} % of a core a camera (at most ${LIMIT * 100} % wanted)`);
process.exitCode = share <= LIMIT ? 0 : 1;
