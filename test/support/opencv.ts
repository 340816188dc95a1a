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
video = cv2.VideoCapture(sys.argv[1])
frames, times = 0, []
while True:
    ok, _ = video.read()
    if not ok: break
    frames += 1
    times.append(video.get(cv2.CAP_PROP_POS_MSEC))
print(json.dumps({'frames': frames, 'fps': video.get(cv2.CAP_PROP_FPS), 'count': video.get(cv2.CAP_PROP_FRAME_COUNT)}))
`;

/** What a script with OpenCV makes of a file: the frames it reads, and what the file says of rate and count. */
export async function readWithOpenCv(file: string): Promise<{ frames: number; fps: number; count: number }> {
  const { stdout } = await promisify(execFile)(python ?? 'python3', ['-c', SCRIPT, file]);
  return JSON.parse(stdout);
}
