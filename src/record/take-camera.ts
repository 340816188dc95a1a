import { z } from 'zod';
import { TAKE_WORD } from '../take-words.ts';
import { takeClock } from './take-clock.ts';
import { TAKE_NAME } from './take-path.ts';

/** A file of the take. Whatever a description from elsewhere says, nothing outside of its folder is read or written. */
const file = z
  .string()
  .max(200)
  .regex(TAKE_NAME, 'is no name of a file in the folder of the take (letters, digits, - and _, dots between)');
/** Rows take the place of earlier ones: never of anything else. */
const rowsFile = file.regex(/\.csv$/, 'is no name of a .csv file');
/** Whatever is made of a video takes its place: never that of a description or of rows. */
const videoFile = file.regex(/^(?!.*\.(csv|json|html|lock|part)$)/, 'is no name of a video');

/** How a stock camera was steered, and what was learned of it by that. */
const steering = z
  .object({
    channel: z
      .enum(['log', 'metadata', 'grid', 'stock'])
      .describe('what it was heard by in the end; by `grid` it was not heard, with `stock` its own algorithm did it'),
    reason: z.string().describe('why by that'),
    leads: z.literal(true).optional().describe('it ran free, and its frames were those that the others followed'),
    lineUs: z
      .number()
      .optional()
      .describe("duration of a line by the sensor's nominal crystal as it was learned, in us"),
    delayFrames: z.int().optional().describe('frames from the one that takes an order to the one that it shapes'),
    reportShift: z
      .int()
      .optional()
      .describe('frames by which the length of a frame is reported with a later one than its own'),
    rounding: z.enum(['floor', 'round']).optional().describe('how a correction becomes whole lines'),
    noiseUs: z.number().optional().describe("noise of the camera's stamps: a standard deviation, in us"),
    latencyFrames: z.number().optional().describe("from a frame's stamp to its report, in frames"),
  })
  .meta({ id: 'Steering', description: 'How a stock camera was steered, and what was learned of it by that.' });

/** How a camera that the machine's own rpicam-vid runs was recorded, and what became of its file. */
const stock = z
  .object({
    program: z.string().describe('path of the program'),
    version: z.string().optional().describe('first line of what it says of its version'),
    arguments: z.array(z.string()).readonly().describe('its command line, without the program'),
    log: file.describe('file with all that it said; relative to the take'),
    metadata: file.describe('file with its metadata; relative to the take'),
    pts: file.describe("file with its frames' times; relative to the take"),
    original: file.optional().describe('the video as it was recorded, where it was kept; relative to the take'),
    conformed: z
      .enum(['copied', 're-encoded'])
      .optional()
      .describe(
        'how its file was made to hold exactly the slots of the take: frames as they were, or some encoded anew',
      ),
    reencodedFrames: z.int().optional().describe('frames that were encoded anew for that'),
    steering: steering.optional().describe('how it was steered to the frames of the take, where it was'),
    slotsBy: z
      .enum(['announced', 'first frame'])
      .optional()
      .describe(
        "frame 0 is where the server's messages say, or the server's first recorded frame where none was heard",
      ),
  })
  .meta({ id: 'StockRecording', description: "How a camera was recorded that the machine's own rpicam-vid runs." });

/** A stretch of one camera's recording: one file. A camera that was started again during the take has several. */
const part = z
  .object({
    file: videoFile.describe('the video; relative to the take'),
    framesCsv: rowsFile.describe('the true times of its frames, a row a frame; relative to the take'),
    firstIndex: z.int().nonnegative().optional().describe("index of the file's first frame on the take's timeline"),
    frames: z.int().nonnegative().optional().describe('frames in the file, repeats included'),
    pid: z.int().positive().optional().describe('process that writes it, as long as the take is being recorded'),
  })
  .meta({ id: 'File', description: "A stretch of one camera's recording: one video and the rows beside it." });

/** What a camera was doing from a moment on. */
const state = z
  .object({
    at: z.iso.datetime().describe('when `genlock record` saw it, on the wall clock of its host, UTC'),
    state: z
      .enum([
        ...[
          'starting',
          'waiting',
          'acquiring',
          'locked',
          'hunting',
          'matched',
          'holdover',
          'lost',
          'counting',
          'recording',
        ],
        ...['done', 'failed'],
      ] as const)
      .describe(
        '`starting` (a second time: started again); of a client `waiting` for its server, `acquiring`, `locked`, `hunting` (it can not be ' +
          'steered, and is started again until its frames lie well), `matched` (it can not be steered: its frames are put into the nearest slots), `holdover` (its server is silent: it goes on by the learned rate), `lost` ' +
          '(silent for so long that this rate says nothing any more); of a server `counting` down, `recording`; in the end `done` or `failed`',
      ),
    recording: z.boolean().describe('true from the first recorded frame on'),
    index: z
      .int()
      .optional()
      .describe('index of the last frame by then; negative before the recording, absent where it has none yet'),
  })
  .meta({ id: 'State', description: 'What a camera was doing from a moment on.' });

/** What came of a camera that was started again until its frames lay near the server's. */
const hunt = z
  .object({
    starts: z.int().positive().describe('how often it was started, the first time too'),
    firstUs: z.number().optional().describe('where its first start would have put it in the middle of the take, in us'),
    beginUs: z.number().optional().describe("what its frames lie behind the server's at the take's beginning, in us"),
    middleUs: z.number().optional().describe('the same in its middle, as foreseen, in us'),
    endUs: z.number().optional().describe('the same at its end, as foreseen, in us'),
    driftPpm: z.number().describe("how fast its frames fall behind the server's, in ppm"),
    driftErrorPpm: z.number().describe('standard error of that'),
  })
  .meta({ id: 'Hunt', description: "A camera that was started again until its frames lay near the server's." });

/** One camera of a take. */
export const takeCamera = z
  .object({
    name: z
      .string()
      .max(64)
      .regex(TAKE_WORD, 'is no name of a camera (letters, digits, - and _)')
      .describe(
        'what it is called: as it was given (`left=0`), else `cam` with its number where all cameras have one, or with its place',
      ),
    host: z
      .string()
      .max(64)
      .regex(TAKE_WORD, 'is no name of a host (letters, digits, - and _)')
      .optional()
      .describe(
        "what the rig calls the host that it is on, where that is not the one of `genlock record`: its files lie there, in a folder of the take's name, until they were gathered",
      ),
    gathered: z
      .literal(true)
      .optional()
      .describe('all its files came from that host: none is left there that this take would need'),
    sync: z
      .enum(['server', 'client'])
      .describe('part that it plays: the server says when frames start, clients follow'),
    spec: z.string().describe('which camera: its spec, which opens it again'),
    file: videoFile.describe('its video, the first where it has several; relative to the take'),
    framesCsv: rowsFile.describe('the true times of its frames, a row a frame; relative to the take'),
    files: z
      .array(part)
      .min(1)
      .max(1000)
      .readonly()
      .optional()
      .describe(
        'all its files in the order of time, where it was started again during the take, and as long as that is recorded; absent: `file` ' +
          'and `framesCsv` are all',
      ),
    timestamps: z
      .enum(['nominal', 'true'])
      .optional()
      .describe(
        'presentation times in its files: `nominal` is index x frame period, exactly, so that the frame rate is constant; `true` are the ' +
          "frames' own times",
      ),
    model: z.string().optional().describe('sensor or device, as it names itself'),
    mode: z.string().optional().describe("the sensor's mode: width x height in pixels, or a name"),
    lineUs: z
      .number()
      .optional()
      .describe('duration of one line of the sensor by its nominal crystal, in us: the step in which it is steered'),
    rows: z
      .int()
      .optional()
      .describe('lines that the sensor reads out for a frame: its last row is (rows - 1) x lineUs behind its first'),
    globalShutter: z
      .boolean()
      .optional()
      .describe('true where all rows are exposed at once, in place of one after the other'),
    readout: z
      .object({
        topUs: z.number().describe("from the sensor's first row to the picture's, in us"),
        rowUs: z
          .number()
          .describe('from one row of the picture to the next, in us; 0 where all rows are exposed at once'),
      })
      .optional()
      .describe(
        "when the rows of its pictures are exposed, by the sensor's nominal crystal: row r at topUs + r x rowUs behind the first row that the " +
          'sensor reads out, which is what timestamps are of',
      ),
    exposureUs: z
      .number()
      .optional()
      .describe('exposure time where it is fixed, in us; that of each frame is in the rows'),
    gain: z.number().optional().describe('gain where it is fixed, as a factor; that of each frame is in the rows'),
    steered: z
      .boolean()
      .optional()
      .describe('true where the starts of its frames are moved; else frames are put into the nearest slots'),
    whyNotSteered: z.string().optional().describe('why it can not be steered'),
    pixelClock: z.boolean().optional().describe('true where the camera puts a pixel clock into its picture'),
    panelRows: z
      .tuple([z.number(), z.number()])
      .readonly()
      .optional()
      .describe(
        "rows of the picture that the upper and the lower edge of that pixel clock lie at, in pixels from the picture's upper edge",
      ),
    encoder: z
      .string()
      .optional()
      .describe('what encoded its video: `node-av`, `ffmpeg`, `rpicam-vid`; `none` where nothing was recorded'),
    clock: takeClock.optional().describe('clock of the host that it is on'),
    hostClock: z
      .object({
        boundUs: z.number().describe('the most that it may have been off while it recorded, in us'),
      })
      .readonly()
      .optional()
      .describe(
        "how well the boot clock of the server's host was known on this camera's, by an exchange of times, where that is another host",
      ),
    firstIndex: z
      .int()
      .optional()
      .describe("index of its first recorded frame on the take's timeline; above 0 where it joined late"),
    frames: z.int().optional().describe('slots in its files, repeats included'),
    captured: z.int().optional().describe('frames of their own among those'),
    repeated: z.int().optional().describe('slots among those that show the frame before once more'),
    drops: z.int().optional().describe('frames that the camera did not deliver, or that the encoder had no time for'),
    overload: z.int().optional().describe('of the drops, those that the encoder had no time for'),
    diskWaitMs: z.number().optional().describe('the longest that the disk took to keep what had been written, in ms'),
    lost: z
      .int()
      .optional()
      .describe(
        'slots that have no frame of their own since a process died: repeats stand for them, or no file has them',
      ),
    hunt: hunt.optional().describe("how it was started again until its frames lay near the server's"),
    corrections: z.int().optional().describe('frames whose length was changed, in number'),
    messages: z.int().optional().describe('sync messages sent (server) or acted on (client), in number'),
    refused: z
      .record(z.string(), z.int())
      .readonly()
      .optional()
      .describe('datagrams that were turned away, in number, by reason'),
    interrupted: z.boolean().optional().describe('true where it was stopped before its set end'),
    warnings: z.array(z.string()).readonly().optional().describe('what it warned of, a line each'),
    error: z.string().optional().describe('why its process failed, where it did'),
    states: z
      .array(state)
      .readonly()
      .optional()
      .describe('changes of its state as `genlock record` saw them, in the order of time'),
    statesLeftOut: z
      .int()
      .optional()
      .describe('changes left out in the middle of `states`, where there were very many, in number'),
    stock: stock.optional().describe("how it was recorded, where the machine's own rpicam-vid runs it"),
  })
  .meta({ id: 'Camera', description: 'One camera of a take.' });

/** One camera of a take, as `take.json` has it; docs/take.schema.json says what each field means. */
export type TakeCamera = z.infer<typeof takeCamera>;
/** One file of a camera, as `take.json` has it: a camera that was started again has several. */
export type TakePart = z.infer<typeof part>;
/** What a camera was doing from some frame on, as `take.json` has it. */
export type TakeState = z.infer<typeof state>;
