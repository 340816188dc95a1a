import { counted } from '../../counted.ts';
import type { FileTags } from '../../libav/file-tags.ts';
import { isMp4 } from '../../libav/mp4.ts';
import { checkWritable } from '../../record/claim-file.ts';
import type { Encoder, EncoderOptions, VideoEncoder } from '../../record/encoder.ts';
import { containerOf } from '../../record/encoders/container.ts';
import { chooseEncoder } from '../../record/encoders/encoders.ts';
import { OVERLOADED, type Overload, REMEDIES } from '../../record/overload.ts';
import { type PictureSource, Recorder, type RecorderSummary } from '../../record/recorder.ts';
import { CircularEncoder } from '../../record/segments/circular.ts';
import { isStream, type NamePattern, parsePattern } from '../../record/segments/name-pattern.ts';
import { SegmentNames } from '../../record/segments/segment-names.ts';
import { SegmentPlan } from '../../record/segments/segment-plan.ts';
import { SegmentedEncoder } from '../../record/segments/segmented.ts';
import type { SlotRecord } from '../../record/slot-record.ts';
import type { RecordingPlan } from '../../sync/recording-plan.ts';
import { formatFrameRate, periodUs } from '../../time/frame-rate.ts';
import { hasTimecode, type TimelineStart, timecodeAt } from '../../time/timecode.ts';
import { CircularSaves } from './circular-saves.ts';
import type { Line } from './notices.ts';
import type { RecordedFrame, RunFiles } from './run-files.ts';
import { type SidecarOptions, Sidecars } from './sidecars.ts';

/** How a recording is divided into files. */
export interface SegmentsOptions {
  /** Frames of a segment. */
  readonly segmentFrames?: number | undefined;
  /** A new file where the recording is resumed. */
  readonly split?: boolean;
  /** Size of a buffer in memory, bytes: only its content is saved, when asked for and at the end. */
  readonly circularBytes?: number | undefined;
  /** The counter in file names starts again from 0 there. */
  readonly wrap?: number;
}

export interface FileSetOptions extends SidecarOptions {
  /** The video; without a `file` nothing is encoded. Its name may hold a pattern. */
  readonly video: Omit<EncoderOptions, 'file'> & { readonly file?: string | undefined };
  /** The way to FFmpeg, `node-av` or `ffmpeg`; default: the first that works. */
  readonly encoder?: string | undefined;
  /** What encodes in place of `video.codec`. */
  readonly own?: Encoder | undefined;
  readonly segments?: SegmentsOptions | undefined;
  readonly onOverload?: Overload | undefined;
}

/** What is known of the camera by the time a file is opened. */
export interface AboutCamera {
  readonly name: string;
  readonly model?: string | undefined;
  /** The take that it is one of. */
  readonly take?: string | undefined;
}

/** The files that one camera writes: the video, in one file or in segments, and what goes with it, a row a slot. */
export class FileSet implements RunFiles {
  private readonly options: FileSetOptions;
  private readonly backend: Encoder | undefined;
  private readonly plan: RecordingPlan;
  private readonly say: (line: Line) => void;
  private readonly about: (() => AboutCamera) | undefined;
  private readonly pattern: NamePattern | undefined;
  private readonly sidecars: Sidecars;
  private readonly segments: SegmentPlan;
  readonly written: string[] = [];
  /** Ends the wait for a stream's reader. */
  private readonly leaving = new AbortController();
  private opening: Promise<void> | undefined;
  private recorder: Recorder<RecordedFrame> | undefined;
  private circular: CircularSaves | undefined;
  /** The last position whose place on the wall clock is known. */
  private known = { index: 0, wallUs: 0 };
  /** When frame 0 is, as the files tell it. */
  private start: TimelineStart | undefined;

  private constructor(
    options: FileSetOptions,
    backend: Encoder | undefined,
    plan: RecordingPlan,
    say: (line: Line) => void,
    about: (() => AboutCamera) | undefined,
  ) {
    const { video, segments } = options;
    this.options = options;
    this.backend = backend;
    this.plan = plan;
    this.say = say;
    this.about = about;
    this.pattern = video.file === undefined ? undefined : parsePattern('output', video.file);
    this.sidecars = new Sidecars(options, video.frameRate, segments?.wrap ?? 0, this.leaving.signal);
    this.segments = new SegmentPlan({
      everyFrames: segments?.segmentFrames,
      wallUs: (position) => this.wallUs(position),
    });
  }

  /**
   * Checks that everything can be had, and creates nothing yet: a camera that never records leaves no file.
   * @param plan says which frames are recorded.
   * @param say tells what becomes of the segments.
   * @param about is asked when a file is opened.
   * @throws UsageError that names what can't be written or what is missing.
   */
  static async prepare(
    options: FileSetOptions,
    plan: RecordingPlan,
    say: (line: Line) => void,
    about?: () => AboutCamera,
  ): Promise<FileSet> {
    const { file } = options.video;
    const backend = await encoderFor(options);
    const files = new FileSet(options, backend, plan, say, about);
    const now = { number: 0, startUs: Date.now() * 1000 };
    for (const path of [file, options.framesCsv, options.metadata, options.savePts]) {
      if (path !== undefined && !isStream(path)) await checkWritable(parsePattern('', path).name(now));
    }
    if (file !== undefined) await backend?.check({ ...options.video, file });
    return files;
  }

  /**
   * Checks that its video can be encoded, before it is known where to.
   * @throws UsageError that names what is missing.
   */
  static async checkEncoder(options: FileSetOptions): Promise<void> {
    const { file } = options.video;
    if (file !== undefined) await (await encoderFor(options))?.check({ ...options.video, file });
  }

  get ready(): boolean {
    return this.recorder !== undefined;
  }

  get encoderName(): string | undefined {
    return this.backend?.way ?? this.backend?.name;
  }

  startsAt(start: TimelineStart): void {
    this.start ??= start;
  }

  open(startUs: number, onError: (error: Error) => void): Promise<void> {
    this.opening ??= this.openAll(startUs, onError);
    return this.opening;
  }

  begin(firstPosition: number, preroll: PictureSource | undefined): void {
    this.recorder?.start(firstPosition, preroll);
  }

  offer(position: number, picture: PictureSource, row: RecordedFrame): boolean {
    return this.recorder?.offer(position, picture, row) === 'queued';
  }

  resumeAt(position: number): void {
    if (this.options.segments?.split) this.segments.cut(position);
  }

  save(endPosition: number): void {
    const pausing = this.plan.indexAt(endPosition) === undefined;
    // A frame that was missed right before a pause leaves its place to a repeat now, not behind the pause.
    if (pausing) this.recorder?.fill(endPosition);
    this.circular?.save(endPosition, pausing);
  }

  leave(): void {
    this.leaving.abort();
  }

  summary(): RecorderSummary | undefined {
    return this.recorder?.summary();
  }

  async close(endPosition: number | undefined): Promise<void> {
    this.leave();
    await this.opening?.catch(() => {});
    const failures: Error[] = [];
    const attempt = async (work: Promise<unknown> | undefined) => work?.catch((error: Error) => failures.push(error));
    await attempt(this.recorder?.finish(endPosition ?? 0));
    if (endPosition !== undefined) await attempt(this.circular?.saveRest(endPosition));
    await attempt(this.sidecars.close());
    // A full disk fails everything on it: the video is what is told.
    const [first, ...others] = failures;
    for (const { message } of others) this.say({ level: 'warning', text: message });
    if (first) throw first;
  }

  private async openAll(startUs: number, onError: (error: Error) => void): Promise<void> {
    const { video } = this.options;
    this.known = { index: this.plan.indexAt(0) ?? 0, wallUs: startUs };
    const encoder = await this.openEncoder();
    try {
      await this.sidecars.open(this.segments.at(0));
    } catch (error) {
      await encoder.close().catch(() => {});
      throw error;
    }
    this.recorder = new Recorder(encoder, {
      width: video.width,
      height: video.height,
      captureOf: ({ sensorUs, phaseUs }) => ({ sensorUs, phaseUs }),
      onOverload: this.options.onOverload ?? 'drop',
      onBehind: (what, slot) => this.say({ level: 'warning', text: behind(what, slot) }),
      onSlot: (record) => this.onSlot(record),
      onError,
    });
  }

  private async openEncoder(): Promise<VideoEncoder> {
    const { backend, pattern, options } = this;
    const { video, segments } = options;
    if (backend === undefined || pattern === undefined || video.file === undefined) return nothing;
    if (options.onOverload === 'faster' && !backend.faster) {
      this.say({
        level: 'warning',
        text: `a faster preset on overload: not with ${backend.way ?? backend.name}; frames are dropped`,
      });
    }
    const spare = options.onOverload === 'faster';
    const { signal } = this.leaving;
    const encoder = { ...video, file: video.file, spare, tags: this.tags(0), signal };
    if (isMp4(containerOf(encoder) ?? '') && !hasTimecode(video.frameRate)) {
      const text = `${formatFrameRate(video.frameRate)} fps has no timecode: the files are without`;
      this.say({ level: 'news', text, once: true });
    }
    if (isStream(video.file) && segments?.circularBytes === undefined) {
      this.written.push(video.file);
      return backend.open(encoder);
    }
    const names = new SegmentNames(pattern, segments?.wrap);
    if (segments?.circularBytes !== undefined) {
      const circular = await CircularEncoder.open({
        backend,
        encoder: { ...encoder, signal: this.leaving.signal },
        bytes: segments.circularBytes,
      });
      this.circular = new CircularSaves({
        encoder: circular,
        names,
        wallUs: (position) => this.wallUs(position),
        onSaved: (file) => this.written.push(file),
        say: this.say,
      });
      return circular;
    }
    const onFinished = ({ file, frames }: { file: string; frames: number }): void => {
      if (!this.written.includes(file)) this.written.push(file);
      this.say({ level: 'info', text: `${counted(frames, 'frame')} -> ${file}` });
    };
    const tags = ({ position }: { position: number }): FileTags => this.tags(position);
    return SegmentedEncoder.open({ backend, encoder, tags, plan: this.segments, names, onFinished });
  }

  /** What a file says of itself whose slots count from a position. */
  private tags(position: number): FileTags {
    const { frameRate } = this.options.video;
    return {
      ...this.about?.(),
      start: (slot) => {
        const { start } = this;
        const index = this.plan.indexAt(position + slot) ?? position + slot;
        return (
          start && { wallUs: start.wallUs + index * periodUs(frameRate), timecode: timecodeAt(start, frameRate, index) }
        );
      },
    };
  }

  private onSlot(record: SlotRecord<RecordedFrame>): void {
    const { slot: position, row } = record;
    const index = this.plan.indexAt(position) ?? position;
    if (row?.wallClockUs !== undefined) this.known = { index, wallUs: row.wallClockUs - (row.phaseUs ?? 0) };
    const segment = this.segments.at(position);
    const resumed = this.plan.startsAfterPause(position);
    this.sidecars.write(record, { index, segment, segmentFrame: position - segment.position, resumed });
  }

  /**
   * The wall clock at a position; cameras that are in step have the same, so that their segments get the same names.
   */
  private wallUs(position: number): number {
    const { index, wallUs } = this.known;
    return wallUs + ((this.plan.indexAt(position) ?? index) - index) * periodUs(this.options.video.frameRate);
  }
}

async function encoderFor({ video, own, encoder: way }: FileSetOptions): Promise<Encoder | undefined> {
  if (video.file === undefined) return undefined;
  return chooseEncoder({ name: own?.name ?? video.codec, way, ...(own && { own: [own] }) });
}

const behind = (what: 'dropping' | 'faster', slot: number): string =>
  what === 'faster'
    ? `the encoder is behind at frame ${slot}: it goes on with its fastest preset`
    : `${OVERLOADED}: frames are left out from frame ${slot} on, repeats stand for them; ${REMEDIES}`;

/** Encodes nothing: a camera without an output file still runs, counts and writes its times. */
const nothing: VideoEncoder = { write: async () => {}, close: async () => {} };
