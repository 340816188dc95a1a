import type { FileHandle } from 'node:fs/promises';
import type { FrameRate } from '../time/frame-rate.ts';
import type { Colours } from './colours.ts';

/*
 * Just enough of Matroska (RFC 9559, on EBML, RFC 8794) to hand pictures with their times to another process through a
 * pipe.
 */

const EBML = 0x1a45dfa3;
const DOC_TYPE = 0x4282;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const MUXING_APP = 0x4d80;
const WRITING_APP = 0x5741;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_UID = 0x73c5;
const TRACK_TYPE = 0x83;
const FLAG_LACING = 0x9c;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const DEFAULT_DURATION = 0x23e383;
const VIDEO = 0xe0;
const PIXEL_WIDTH = 0xb0;
const PIXEL_HEIGHT = 0xba;
const UNCOMPRESSED_FOURCC = 0x2eb524;
const COLOUR = 0x55b0;
const MATRIX = 0x55b1;
const RANGE = 0x55b9;
const TRANSFER = 0x55ba;
const PRIMARIES = 0x55bb;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;

/** A size that says "until the next element of this level". */
const UNKNOWN_SIZE = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

const BROADCAST_RANGE = 1;
const KEYFRAME = 0x80;

export interface MatroskaTrack {
  readonly width: number;
  readonly height: number;
  readonly frameRate: FrameRate;
  /** H.264 with its avcC record, pictures with lengths in front of NAL units. Default: raw I420. */
  readonly avcC?: Uint8Array;
  /** Of raw pictures. Default: nothing is said. */
  readonly colours?: Colours;
}

/** What comes before the first picture: one track of raw I420 or H.264. Timestamps count microseconds. */
export function matroskaHeader({ width, height, frameRate, avcC, colours }: MatroskaTrack): Buffer {
  const size = [uint(PIXEL_WIDTH, width), uint(PIXEL_HEIGHT, height)];
  const { matrix, transfer, primaries } = colours ?? {};
  const named = [
    [MATRIX, matrix],
    [TRANSFER, transfer],
    [PRIMARIES, primaries],
  ] as const;
  const told = named.flatMap(([name, code]) => (code === undefined ? [] : [uint(name, code)]));
  const raw = [text(UNCOMPRESSED_FOURCC, 'I420'), element(COLOUR, uint(RANGE, BROADCAST_RANGE), ...told)];
  const codec = avcC
    ? [text(CODEC_ID, 'V_MPEG4/ISO/AVC'), element(CODEC_PRIVATE, avcC)]
    : [text(CODEC_ID, 'V_UNCOMPRESSED')];
  const track = element(
    TRACK_ENTRY,
    uint(TRACK_NUMBER, 1),
    uint(TRACK_UID, 1),
    uint(TRACK_TYPE, 1),
    uint(FLAG_LACING, 0),
    ...codec,
    uint(DEFAULT_DURATION, Math.round((frameRate.den * 1e9) / frameRate.num)),
    element(VIDEO, ...size, ...(avcC ? [] : raw)),
  );
  const info = element(INFO, uint(TIMESTAMP_SCALE, 1000), text(MUXING_APP, 'genlock'), text(WRITING_APP, 'genlock'));
  return Buffer.concat([
    element(EBML, text(DOC_TYPE, 'matroska')),
    id(SEGMENT),
    UNKNOWN_SIZE,
    info,
    element(TRACKS, track),
  ]);
}

/**
 * What comes before a picture.
 * @param us The picture's time, in whole us.
 * @param bytes The picture's size.
 * @param keyframe Default true: raw pictures need no other.
 */
export function matroskaFrameHeader(us: number, bytes: number, keyframe = true): Buffer {
  const timestamp = uint(TIMESTAMP, us);
  const block = Buffer.concat([id(SIMPLE_BLOCK), size(bytes + 4), Buffer.from([0x81, 0, 0, keyframe ? KEYFRAME : 0])]);
  return Buffer.concat([id(CLUSTER), size(timestamp.length + block.length + bytes), timestamp, block]);
}

/** How far into a file its segment begins at the most: behind a header of some tens of bytes. */
const SEGMENT_WITHIN = 4096;

/** Whether whoever wrote a Matroska file has closed it: its segment has a size then. */
export async function isClosedMatroska(handle: FileHandle): Promise<boolean> {
  const bytes = Buffer.alloc(SEGMENT_WITHIN);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  const at = bytes.subarray(0, bytesRead).indexOf(id(SEGMENT));
  if (at < 0 || at + 12 > bytesRead) return false;
  return !bytes.subarray(at + 4, at + 12).equals(UNKNOWN_SIZE);
}

function element(name: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([id(name), size(body.length), body]);
}

const text = (name: number, value: string): Buffer => element(name, Buffer.from(value, 'latin1'));

const uint = (name: number, value: number): Buffer => element(name, bigEndian(value));

const id = (name: number): Buffer => bigEndian(name);

/** A size in eight bytes: seven of value behind the marker. */
function size(bytes: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(bytes));
  out[0] = 0x01;
  return out;
}

function bigEndian(value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  const start = out.findIndex((byte) => byte !== 0);
  return out.subarray(start < 0 ? 7 : start);
}
