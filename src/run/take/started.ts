import type { TakeCameraProcess } from '../plan/camera.ts';

/** A process that has not reported a first snapshot after this long has failed to start, in ms. */
const START_MS = 15_000;
/** How often that is looked after, in ms. */
const LOOK_MS = 20;

type Starting = Pick<TakeCameraProcess, 'name' | 'snapshot' | 'ended' | 'end'>;

/** Waits until these cameras have told of themselves, or ended. @returns true where all of them are running. */
export async function startedAll(
  cameras: readonly Starting[],
  onLate: (name: string, text: string) => void,
): Promise<boolean> {
  const started = await Promise.all(
    cameras.map(async (camera) => {
      const reported = await Promise.race([firstSnapshot(camera), camera.ended]);
      if (reported === 'late') onLate(camera.name, `did not start within ${START_MS / 1000} s`);
      return reported === 'started';
    }),
  );
  return started.every(Boolean);
}

function firstSnapshot(camera: Starting): Promise<'started' | 'late'> {
  return new Promise((resolve) => {
    const deadline = performance.now() + START_MS;
    const poll = setInterval(() => {
      const started = camera.snapshot !== undefined;
      if (!started && camera.end === undefined && performance.now() < deadline) return;
      clearInterval(poll);
      resolve(started ? 'started' : 'late');
    }, LOOK_MS);
  });
}
