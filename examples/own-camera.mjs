// A camera of one's own, in this process: it plays pictures from memory, follows a virtual camera, and the proof reads
// both files. Run it with: node examples/own-camera.mjs
import { setTimeout as sleep } from 'node:timers/promises';
import { drawPixelClock } from 'genlock';
import { recordCamera, verify } from 'genlock/node';

class MemoryCamera {
  #clock;
  #pictures;
  #frameUs;
  #closed = false;

  constructor({ spec, width, height, frameRate }, clock, pictures) {
    const frameUs = (1e6 * frameRate.den) / frameRate.num;
    const bounds = { frameUs, shortestFrameUs: 0.8 * frameUs, longestFrameUs: 2 * frameUs };
    // A length that is set during frame n is the length of frame n + 1, to the microsecond.
    const steering = { kind: 'steered', lineUs: 1, controlDelayFrames: 1, ...bounds };
    const exposure = { exposureUs: 1000, gain: 1, globalShutter: true, readout: { topUs: 0, rowUs: 0 } };
    this.info = {
      spec,
      model: 'memory',
      mode: 'loop',
      width,
      height,
      frameRate,
      steering,
      ...exposure,
      pixelClock: true,
    };
    this.#clock = clock;
    this.#pictures = pictures;
    this.#frameUs = frameUs;
  }

  async run(onFrame) {
    for (let sequence = 0, endUs = this.#clock.mono(); !this.#closed; sequence++) {
      await sleep(Math.max(0, (endUs - this.#clock.mono()) / 1000));
      const [stampUs, durationUs] = [endUs, this.#frameUs];
      const sensorUs = this.#clock.boot() - (this.#clock.mono() - stampUs);
      const picture = () => this.#shown(sequence, stampUs);
      if (!this.#closed) onFrame({ sequence, sensorUs, exposureUs: 1000, gain: 1, durationUs, picture });
      endUs += durationUs;
    }
  }

  setFrameDuration(us) {
    const { shortestFrameUs, longestFrameUs } = this.info.steering;
    this.#frameUs = Math.min(longestFrameUs, Math.max(shortestFrameUs, Math.round(us)));
  }

  async close() {
    this.#closed = true;
  }

  // What is in memory, and on it the time of the exposure for the proof to read.
  #shown(sequence, endUs) {
    const { width, height } = this.info;
    const data = this.#pictures[sequence % this.#pictures.length].slice();
    drawPixelClock({ data, width, height, stride: width }, { x: 32, y: 32, unit: 8 }, { startUs: endUs - 1000, endUs });
    return { width, height, data };
  }
}

// Thirty pictures in I420: grey, with a bar that moves.
const [width, height] = [640, 480];
const pictures = Array.from({ length: 30 }, (_, i) => {
  const data = new Uint8Array((width * height * 3) / 2).fill(128);
  for (let row = 300; row < 400; row++) data.fill(220, row * width + i * 20, row * width + i * 20 + 20);
  return data;
});

const memory = {
  scheme: 'memory',
  help: { form: 'memory:loop', about: 'pictures from memory' },
  open: async (request, clock) => new MemoryCamera(request, clock, pictures),
};

const common = { seconds: 3, width, height, interface: '127.0.0.1', onWarning: ({ text }) => console.error(text) };
const [ours, theirs] = await Promise.all([
  recordCamera({ ...common, camera: 'memory:loop', backends: [memory], sync: 'client', file: 'memory.mp4' }),
  recordCamera({ ...common, camera: 'virtual:imx219', sync: 'server', file: 'virtual.mp4' }),
]);
console.log(`${theirs.frames} and ${ours.frames} frames, ${ours.corrections} corrections`);

const { verdict, pairs } = await verify(['virtual.mp4', 'memory.mp4']);
for (const { matched, compared, rmsUs } of pairs)
  console.log(`${matched} of ${compared} frames match, ${rmsUs} us rms`);
console.log(verdict);
process.exitCode = verdict === 'locked' ? 0 : 1;
