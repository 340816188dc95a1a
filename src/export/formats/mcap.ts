import { UsageError } from '../../errors.ts';
import type { AccessUnit } from '../../libav/annex-b.ts';
import type { ByteSink, ExportFormat, ExportSources } from '../format.ts';
import { type ExportCamera, type ExportTake, stretchesOf } from '../take.ts';
import { topicsOf } from '../topics.ts';

/** Frames between two words of how far it is. */
const TELL_EVERY = 64;

/**
 * One MCAP file of the profile `ros2`, which Foxglove and rosbag2 read: of each camera
 * `foxglove_msgs/msg/CompressedVideo` (format `h264`: Annex B, one picture a message, parameter sets with each
 * keyframe, no B-frames; foxglove-sdk, schemas/ros2/CompressedVideo.msg), how far the frame was off as
 * `std_msgs/msg/Float64`, and what became of frames without a picture of their own as `std_msgs/msg/String`. The
 * video message is of the four fields that all releases have. MCAP names schemas of ROS 2 `ros2msg` and their
 * messages `cdr` (MCAP specification, appendix of well-known encodings).
 */
export const MCAP: ExportFormat = {
  name: 'mcap',
  makes: 'one MCAP file for Foxglove and rosbag2: videos with true capture times, and offsets',
  async plan(take, sources) {
    for (const { parts } of take.cameras) {
      for (const { file } of parts) {
        const { codec } = await sources.track(file);
        if (codec !== 'h264')
          throw new UsageError(
            `${file}: holds ${codec}; mcap takes H.264: record with the codec h264, or export for nwb`,
          );
      }
    }
    const topics = topicsOf(take);
    return {
      files: [{ path: `${take.name}.mcap`, write: (to, told) => write(take, topics, sources, to, told) }],
      toldIn: 'the topics */state, and in the metadata "genlock"',
      next: [
        `Foxglove: open ${take.name}.mcap; an Image panel for each */video, a Plot panel for */offset_us.data.`,
        `ROS 2: ros2 bag info ${take.name}.mcap, and with the package foxglove_msgs: ros2 bag play ${take.name}.mcap`,
        'Log times are when frames were captured, on the wall clock of the host of each camera; of a repeat when its',
        "place was. */offset_us: how far a frame was behind its place on the server's timeline, in us.",
        ...take.cameras.map(({ name }, i) => `  /${topics[i]}/ is ${name}`),
      ],
    };
  },
};

/** Definitions as ROS 2 has them in a bag: with what they use behind a line of 80 `=`. */
const VIDEO = {
  name: 'foxglove_msgs/msg/CompressedVideo',
  text: [
    'builtin_interfaces/Time timestamp',
    'string frame_id',
    'uint8[] data',
    'string format',
    '='.repeat(80),
    'MSG: builtin_interfaces/Time',
    'int32 sec',
    'uint32 nanosec',
    '',
  ].join('\n'),
};
const NUMBER = { name: 'std_msgs/msg/Float64', text: 'float64 data\n' };
const TEXT = { name: 'std_msgs/msg/String', text: 'string data\n' };

async function write(
  take: ExportTake,
  topics: readonly string[],
  sources: ExportSources,
  to: ByteSink,
  told: (frames: number) => void,
): Promise<void> {
  const [{ McapWriter }, { CdrWriter }] = await Promise.all([import('@mcap/core'), import('@foxglove/cdr')]);
  const writer = new McapWriter({ writable: to });
  await writer.start({ profile: 'ros2', library: 'genlock' });
  const schemas: number[] = [];
  for (const { name, text } of [VIDEO, NUMBER, TEXT])
    schemas.push(await writer.registerSchema({ name, encoding: 'ros2msg', data: new TextEncoder().encode(text) }));
  const lines: Line[] = [];
  for (const [i, camera] of take.cameras.entries()) {
    const channels: number[] = [];
    for (const [k, what] of ['video', 'offset_us', 'state'].entries()) {
      const topic = `/${topics[i]}/${what}`;
      const metadata = new Map([['camera', camera.name]]);
      channels.push(
        await writer.registerChannel({ topic, schemaId: schemas[k] as number, messageEncoding: 'cdr', metadata }),
      );
    }
    const [video, offset, state] = channels as [number, number, number];
    const frames = framesOf(camera, sources);
    lines.push({ ...{ camera, video, offset, state, lastNs: 0n, frames }, next: ahead(frames) });
  }
  await writer.addMetadata({ name: 'genlock', metadata: aboutTake(take) });

  const send = (channelId: number, sequence: number, logTime: bigint, data: Uint8Array): Promise<void> =>
    writer.addMessage({ channelId, sequence, logTime, publishTime: logTime, data });
  let since = 0;
  // Of one message: the writer copies it.
  let room = new ArrayBuffer(1 << 20);
  try {
    // Frame by frame through all cameras: nearly in the order of time, as readers like it.
    for (let index = 0; index < take.frames; index++) {
      for (const line of lines) {
        const { done, value } = await line.next;
        if (done === true || value.index !== index) continue;
        line.next = ahead(line.frames);
        const { name } = line.camera;
        const { unit, wallUs, phaseUs, state } = value;
        // A decoder needs pictures in their order, whatever was done to the clock meanwhile.
        const ns = later(nanoseconds(wallUs), line.lastNs);
        line.lastNs = ns;
        const bytes = unit.bytes.length + name.length + 64;
        if (bytes > room.byteLength) room = new ArrayBuffer(2 * bytes);
        const video = new CdrWriter({ buffer: room });
        video
          .int32(Number(ns / SECOND))
          .uint32(Number(ns % SECOND))
          .string(name);
        video.uint8Array(unit.bytes as Uint8Array, true).string('h264');
        await send(line.video, index, ns, video.data);
        if (!Number.isNaN(phaseUs))
          await send(line.offset, index, ns, new CdrWriter({ size: 16 }).float64(phaseUs).data);
        if (state !== 'captured') await send(line.state, index, ns, new CdrWriter({ size: 32 }).string(state).data);
        since++;
      }
      if (since < TELL_EVERY) continue;
      told(since);
      since = 0;
    }
  } finally {
    for (const { frames } of lines) await frames.return(undefined);
  }
  await writer.end();
  told(since);
}

/** The next frame, asked for at once; what goes wrong with it is told to whoever waits for it. */
function ahead(frames: AsyncGenerator<Frame, void>): Promise<IteratorResult<Frame, void>> {
  const next = frames.next();
  next.catch(() => {});
  return next;
}

/** A camera on its way into the file. */
interface Line {
  readonly camera: ExportCamera;
  readonly video: number;
  readonly offset: number;
  readonly state: number;
  readonly frames: AsyncGenerator<Frame, void>;
  /** Read while others are written. */
  next: Promise<IteratorResult<Frame, void>>;
  lastNs: bigint;
}

interface Frame {
  readonly index: number;
  readonly unit: AccessUnit;
  readonly wallUs: number;
  readonly phaseUs: number;
  readonly state: string;
}

async function* framesOf({ parts }: ExportCamera, sources: ExportSources): AsyncGenerator<Frame, void> {
  for (const { file, firstIndex, states, wallUs, phaseUs } of parts) {
    let at = 0;
    for await (const unit of sources.pictures(file)) {
      const state = states[at];
      if (state === undefined) break;
      const times = { wallUs: wallUs[at] as number, phaseUs: phaseUs[at] ?? Number.NaN };
      yield { index: firstIndex + at, unit, ...times, state };
      at++;
    }
    if (at < states.length)
      throw new UsageError(
        `${file}: holds ${at} frames, where its rows are of ${states.length}: genlock repair looks at it`,
      );
  }
}

function aboutTake({ name, frames, frameRate, note, cameras }: ExportTake): Map<string, string> {
  const about = new Map([
    ['take', name],
    ['frames', String(frames)],
    ['frame_rate', `${frameRate.num}/${frameRate.den}`],
    ...(note === undefined ? [] : [['note', note] as const]),
  ]);
  for (const camera of cameras) {
    const stretches = stretchesOf(camera, frames).map(({ first, last, state }) => `${first}-${last} ${state}`);
    about.set(`${camera.name} without a picture of its own`, stretches.join(', ') || 'none');
  }
  return about;
}

const SECOND = 1_000_000_000n;

function nanoseconds(us: number): bigint {
  const whole = Math.floor(us);
  return BigInt(whole) * 1000n + BigInt(Math.round((us - whole) * 1000));
}

const later = (ns: bigint, last: bigint): bigint => (ns > last ? ns : last + 1n);
