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

/** A digest of each picture that OpenCV reads, in its colours. */
export async function digestsWithOpenCv(file: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(python ?? 'python3', ['-c', DIGESTS, file]);
  return JSON.parse(stdout);
}

const DIGESTS = `
import cv2, hashlib, json, sys
video = cv2.VideoCapture(sys.argv[1])
digests = []
while True:
    ok, picture = video.read()
    if not ok: break
    digests.append(hashlib.md5(picture.tobytes()).hexdigest())
print(json.dumps(digests))
`;

const SCRIPT = `
import cv2, json, sys
def look(file):
    video, frames = cv2.VideoCapture(file), 0
    while video.read()[0]: frames += 1
    return {'frames': frames, 'fps': video.get(cv2.CAP_PROP_FPS), 'count': video.get(cv2.CAP_PROP_FRAME_COUNT)}
print(json.dumps([look(file) for file in sys.argv[1:]]))
`;

/** What a script with OpenCV makes of a file: the frames it reads, and what the file says of rate and count. */
export interface SeenWithOpenCv {
  readonly frames: number;
  readonly fps: number;
  readonly count: number;
}

export const readWithOpenCv = async (file: string): Promise<SeenWithOpenCv> =>
  (await readAllWithOpenCv([file]))[0] as SeenWithOpenCv;

/** The same of many files, with OpenCV loaded once. */
export async function readAllWithOpenCv(files: readonly string[]): Promise<SeenWithOpenCv[]> {
  const { stdout } = await promisify(execFile)(python ?? 'python3', ['-c', SCRIPT, ...files]);
  return JSON.parse(stdout);
}
