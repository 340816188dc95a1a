import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { required } from './program.ts';
import { pythonWith } from './python.ts';

/** Debian's python3-opencv belongs to the system's own Python. */
const python = pythonWith(['cv2']);

/**
 * Undefined where OpenCV is here, else one line; GENLOCK_REQUIRE_ENCODERS=1 (in CI) lets its tests fail in place of
 * skipping them.
 */
export function noOpenCv(): string | undefined {
  if (python !== undefined || required) return undefined;
  return 'no Python with OpenCV on this system (Debian: apt install python3-opencv)';
}

/** Of each file a digest of each picture that OpenCV reads, in its colours. To load it costs more than to read them. */
export const digestsWithOpenCv = (...files: readonly string[]): Promise<string[][]> => eachOf(files, DIGESTS);

/** What a script with OpenCV makes of each file: the frames it reads, and what the file says of rate and count. */
export const readWithOpenCv = (...files: readonly string[]): Promise<Read[]> => eachOf(files, FRAMES);

export interface Read {
  readonly frames: number;
  readonly fps: number;
  readonly count: number;
}

async function eachOf<T>(files: readonly string[], script: string): Promise<T[]> {
  const code = `${script}\nprint(json.dumps([read(cv2.VideoCapture(file)) for file in sys.argv[1:]]))`;
  const { stdout } = await promisify(execFile)(python ?? 'python3', ['-c', code, ...files]);
  return JSON.parse(stdout);
}

const PICTURES = `
import cv2, hashlib, json, sys
def pictures(video):
    while True:
        ok, picture = video.read()
        if not ok: return
        yield picture
`;

const DIGESTS = `${PICTURES}
def read(video):
    return [hashlib.md5(picture.tobytes()).hexdigest() for picture in pictures(video)]
`;

const FRAMES = `${PICTURES}
def read(video):
    frames = sum(1 for _ in pictures(video))
    return {'frames': frames, 'fps': video.get(cv2.CAP_PROP_FPS), 'count': video.get(cv2.CAP_PROP_FRAME_COUNT)}
`;
