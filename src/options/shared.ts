import { TIMESTAMPS, WAYS } from '../record/encoder.ts';
import { PRESETS } from '../record/encoders/check.ts';
import { OVERLOADS } from '../record/overload.ts';
import { CONTROLLER_NAMES, CONTROLLERS } from '../sync/controllers/index.ts';
import { SYNC_ALIGNS } from '../sync/names.ts';
import { bitrate, choice, choiceInAnyCase, gains, type Kind, number, rate, side, text, time, whole } from './kinds.ts';
import { SIZES_TEXT, sizeName } from './sizes.ts';

/** What there is to say of an option wherever it is taken. */
export interface OptionBasics<Value, Given = Value> {
  /** As a command line writes it, without the dashes. */
  readonly flag: string;
  readonly short?: string;
  /** What stands for the value in the help: `time`. */
  readonly placeholder?: string;
  /** One line, for the help. */
  readonly help: string;
  /** The same for files and scripts, where the help speaks of the command line. Default: the help. */
  readonly about?: string;
  readonly kind: Kind<Value, Given>;
}

const basics = <Value, Given = Value>(given: OptionBasics<Value, Given>): OptionBasics<Value, Given> => given;

/** The longest exposure that can be asked for, in us: any camera's own limit is below it. */
const LONGEST_EXPOSURE_US = 3.6e9;

/** What `vid --codec` takes. */
export const VID_CODECS = ['h264', 'libav', 'mjpeg', 'yuv420'] as const;
/** Of H.264, those that are asked for by name. */
const PROFILES = ['baseline', 'main', 'high'] as const;

/** How stock cameras may be held to the server's frames. */
const STEER = ['auto', 'log', 'metadata', 'grid', 'stock'] as const;
export type Steer = (typeof STEER)[number];

/** The options of a take that `genlock vid` has as well: one definition for both. */
export const SHARED = {
  frameRate: basics({
    flag: 'framerate',
    placeholder: 'fps',
    help: 'frames a second: 25, 29.97, 30000/1001',
    kind: rate,
  }),
  width: basics({ flag: 'width', placeholder: 'pixels', help: 'width of the video', kind: side }),
  height: basics({ flag: 'height', placeholder: 'pixels', help: 'height of the video', kind: side }),
  size: basics({
    flag: 'size',
    placeholder: 'name',
    help: `width and height by a name: ${SIZES_TEXT}`,
    kind: sizeName,
  }),
  exposureUs: basics({
    flag: 'shutter',
    placeholder: 'time',
    help: 'fixed exposure; a bare number is us; 0 leaves it to the camera',
    about: 'fixed exposure, in us',
    kind: time({ unit: 'us', bare: 'us', from: 1, to: LONGEST_EXPOSURE_US }),
  }),
  gain: basics({
    flag: 'gain',
    placeholder: 'gain',
    help: 'fixed gain; 0 leaves it to the camera',
    about: 'fixed gain, a factor',
    kind: number(0, 64),
  }),
  awbGains: basics({
    flag: 'awbgains',
    placeholder: 'r,b',
    help: 'fixed gains of red and blue; 0,0 leaves them to the camera',
    about: 'fixed gains of red and blue, factors',
    kind: gains,
  }),
  codec: basics({
    flag: 'codec',
    placeholder: 'codec',
    help: 'h264, libav (a container by name or --libav-format), mjpeg or yuv420',
    kind: choiceInAnyCase(VID_CODECS),
  }),
  bitrate: basics({
    flag: 'bitrate',
    short: 'b',
    placeholder: 'rate',
    help: 'bits a second: 10mbps, 800k; 0 is constant quality',
    kind: bitrate,
  }),
  profile: basics({
    flag: 'profile',
    placeholder: 'name',
    help: 'H.264 profile: baseline, main or high',
    kind: choice(PROFILES),
  }),
  quality: basics({
    flag: 'quality',
    short: 'q',
    placeholder: 'percent',
    help: 'quality of mjpeg, 0 to 100',
    kind: whole(0, 100),
  }),
  encoder: basics({
    flag: 'encoder',
    placeholder: 'name',
    help: 'what encodes: node-av, in process, or ffmpeg, the program',
    kind: choice(WAYS),
  }),
  timestamps: basics({
    flag: 'timestamps',
    placeholder: 'kind',
    help: 'times in mp4, mov and mkv: nominal (constant rate) or true (when frames were captured)',
    kind: choice(TIMESTAMPS),
  }),
  preset: basics({
    flag: 'preset',
    placeholder: 'name',
    help: 'x264 preset: ultrafast to veryslow; slower ones make smaller files',
    kind: choice(PRESETS),
  }),
  onOverload: basics({
    flag: 'on-overload',
    placeholder: 'what',
    help: 'where the encoder can not keep up: drop frames, first go on with the fastest preset (faster), or fail',
    kind: choice(OVERLOADS),
  }),
  group: basics({ flag: 'sync-group', placeholder: 'address', help: 'multicast group of the messages', kind: text }),
  port: basics({ flag: 'sync-port', placeholder: 'port', help: 'their UDP port', kind: whole(1, 65_535) }),
  interface: basics({
    flag: 'sync-interface',
    placeholder: 'name|address',
    help: 'network interface of the messages, or several: default,lo',
    kind: text,
  }),
  controller: basics({
    flag: 'sync-controller',
    placeholder: 'name',
    help: CONTROLLERS.map(({ name, about }) => `${name} ${about}`).join('; '),
    kind: choice(CONTROLLER_NAMES),
  }),
  align: basics({
    flag: 'sync-align',
    placeholder: 'what',
    help: 'what of two frames coincides: the start, middle or end of their exposures',
    kind: choice(SYNC_ALIGNS),
  }),
  phaseWithinUs: basics({
    flag: 'phase-within',
    placeholder: 'time',
    help: "cameras that can't be steered are started again until their frames lie this near the server's; 0: as they come",
    kind: time({ unit: 'us', bare: 'us', from: 0, to: 1e6 }),
  }),
  steer: basics({
    flag: 'steer',
    placeholder: 'how',
    help: "how stock cameras follow: in whole lines by libcamera's log, by metadata or unheard; once a second (stock)",
    kind: choice(STEER),
  }),
  syncPeriod: basics({
    flag: 'sync-period',
    placeholder: 'frames',
    help: 'server: frames from one message to the next',
    kind: whole(1, 100_000),
  }),
  readyFrames: basics({
    flag: 'ready-frames',
    placeholder: 'frames',
    help: 'server: frames to the synchronisation point',
    kind: whole(1, 1_000_000),
  }),
  minAdjustmentUs: basics({
    flag: 'min-adjustment',
    placeholder: 'time',
    help: 'client: smaller corrections count as none; a bare number is us',
    about: 'client: smaller corrections count as none, in us',
    kind: time({ unit: 'us', bare: 'us', from: 0, to: 1e6 }),
  }),
};
