import { UsageError } from '../errors.ts';
import { readBytes } from '../regular-file.ts';
import { type AccessUnit, AnnexBSplitter } from './annex-b.ts';

/** A stream has B-frames. */
export class BFramesError extends UsageError {
  constructor(file: string) {
    super(
      `${file}: has B-frames, so that its pictures are not in the order they were taken; record without them ` +
        '(rpicam-vid --libav-video-codec-opts bf=0)',
    );
  }
}

/** Bytes read at once. */
const CHUNK_BYTES = 1 << 19;

/**
 * The pictures of a file of elementary H.264, in order. Throws a UsageError that names the file where it can't be read,
 * a BFramesError where it has B-frames.
 * @param start Where to begin, in bytes: the start of a picture.
 */
export async function* readAccessUnits(file: string, start = 0): AsyncGenerator<AccessUnit> {
  const splitter = new AnnexBSplitter();
  try {
    for await (const bytes of readBytes(file, start, CHUNK_BYTES)) {
      const units = splitter.push(bytes);
      if (splitter.bFrames) throw new BFramesError(file);
      yield* units;
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    throw new UsageError(`${file}: ${code === 'ENOENT' ? 'no such file' : `can't be read (${code})`}`, { cause });
  }
  yield* splitter.end();
}
