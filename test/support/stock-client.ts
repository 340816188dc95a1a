import dgram from 'node:dgram';
import { type FrameLog, SteeringLog } from '../../src/rpicam/steering-log.ts';
import { nsToUs } from '../../src/time/units.ts';
import { encodeMessage } from '../../src/wire/message.ts';
import { freshPort, type Running, start } from './genlock.ts';

/** What a client is asked to log. */
export const DEBUG = 'RPiSync:DEBUG,IPARPI:DEBUG,ClockRec:DEBUG';
/** A ready time that does not come while a test runs, us from now. */
const LATER_US = 3600e6;

/** A stock client at work, which a stand-in plays: what it logs of its frames, and messages to it alone. */
export class StockClientProcess {
  readonly frames: FrameLog[] = [];
  readonly running: Running;
  readonly port = Number(freshPort());
  private readonly socket = dgram.createSocket('udp4');
  /** Told of each line of stderr. */
  onLine: (line: string) => void = () => {};
  private heard: () => void = () => {};

  /** @param behaviour in the form of GENLOCK_STAND_IN. */
  constructor(behaviour: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const vid = [
      'vid',
      '-n',
      '--camera',
      '0',
      '--sync',
      'client',
      '--sync-port',
      String(this.port),
      '--min-adjustment',
      '0',
    ];
    this.running = start([...vid, ...args], { GENLOCK_STAND_IN: behaviour, LIBCAMERA_LOG_LEVELS: DEBUG, ...env });
    const log = new SteeringLog();
    let rest = '';
    this.running.child.stderr?.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        this.onLine(line);
        const frame = log.push(line);
        if (frame !== undefined) this.frames.push(frame);
      }
      this.heard();
    });
  }

  /** Resolves once so many frames more are known. */
  async next(count: number): Promise<void> {
    const wanted = this.frames.length + count;
    while (this.frames.length < wanted) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.heard = resolve;
        }),
        this.running.ended.then(({ stderr }) => {
          throw new Error(`ended after ${this.frames.length} frames: ${stderr.slice(-500)}`);
        }),
      ]);
    }
  }

  /**
   * Sends what makes the client shorten a frame by so many us, whichever frame takes it.
   * @returns the time that names the message.
   */
  correct(us: number, to = '127.0.0.1'): number {
    const { wallNs, lines, lineUs } = this.frames.at(-1) as FrameLog;
    const frameDurationUs = Math.round(lines * lineUs);
    const wallClockUs = Math.round(nsToUs(wallNs) - us) - 6 * frameDurationUs;
    this.send(encodeMessage({ frameDurationUs, wallClockUs, readyTimeUs: Math.round(nsToUs(wallNs) + LATER_US) }), to);
    return wallClockUs;
  }

  send(bytes: Uint8Array, to = '127.0.0.1'): void {
    this.socket.send(bytes, this.port, to);
  }

  /** The frame that took a message, by its place in `frames`; waits for it. */
  async taking(serverUs: number): Promise<number> {
    for (let waited = 0; waited < 30; waited++) {
      const found = this.frames.findIndex(({ taken }) => taken?.serverUs === serverUs);
      if (found >= 0) return found;
      await this.next(1);
    }
    throw new Error(`no frame took the message of ${serverUs}`);
  }

  /** How far each frame is from the one before, in us. */
  get gapsUs(): number[] {
    return this.frames.slice(1).map(({ sensorNs }, i) => nsToUs(sensorNs - (this.frames[i] as FrameLog).sensorNs));
  }

  async end(): Promise<void> {
    this.socket.close();
    this.running.child.kill('SIGINT');
    await this.running.ended;
  }
}
