import type { CameraBackend, CameraList } from '../../camera/backend.ts';
import { BACKENDS } from '../../camera/backends.ts';
import { cameraSpec } from '../../camera/open.ts';
import { UsageError } from '../../errors.ts';

/** How many virtual cameras a take has unless told otherwise. */
const DEFAULT_VIRTUAL = 2;

/**
 * The specs of a take's cameras. Numbers are those of the machine's own cameras where it has a stock program; else those of the virtual
 * ones. A machine that has one never records virtual cameras unless they are named by their spec.
 * @param given numbers and specs; or how many numbered cameras; undefined is all real ones, or two virtual ones.
 * @param program what runs stock cameras, where it was named.
 * @throws UsageError where there is no such camera, or the stock program can't tell.
 */
export async function chooseCameras(
  given: number | readonly string[] | undefined,
  program?: string,
): Promise<readonly string[]> {
  if (typeof given === 'object' && !given.some(isNumber)) return given.map((each) => cameraSpec(each));
  const { backend, cameras } = await numberedHere(program);
  const specs = cameras.flatMap(({ number, spec }) => (number === undefined ? [] : spec));
  if (typeof given === 'object') {
    return given.map((each) => {
      if (!isNumber(each)) return cameraSpec(each);
      const found = cameras.find(({ number }) => number === Number(each));
      if (found !== undefined) return found.spec;
      if (backend.virtual) return cameraSpec(each);
      const there = cameras.map(({ number }) => number).join(', ');
      throw new UsageError(
        `--camera ${each}: no such camera; ${backend.program} finds ${there}; virtual ones are virtual:imx219 and the like`,
      );
    });
  }
  if (given !== undefined && given > specs.length) {
    const why = backend.program === undefined ? 'as have a number' : `as ${backend.program} finds`;
    throw new UsageError(
      `--cameras ${given}: must be a whole number from 1 to ${specs.length}, as many ${why} (see genlock cameras)`,
    );
  }
  return specs.slice(0, given ?? (backend.virtual ? DEFAULT_VIRTUAL : specs.length));
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);

/**
 * The backend whose cameras numbers stand for, and those: one with real cameras where there is one on this machine.
 * @throws UsageError where its program finds none, with its own words where it says why.
 */
async function numberedHere(program: string | undefined): Promise<CameraList & { readonly backend: CameraBackend }> {
  const realFirst = [...BACKENDS].sort((a, b) => Number(a.virtual ?? false) - Number(b.virtual ?? false));
  for (const backend of realFirst) {
    const list = await backend.list?.(backend.program === undefined ? undefined : program);
    if (list === undefined) continue;
    if (list.cameras.length > 0) return { ...list, backend };
    if (list.program === undefined) continue;
    const why = list.failed === undefined ? 'finds no camera' : `can't list its cameras: ${list.failed}`;
    throw new UsageError(
      `${list.program} ${why}; see to that, or name virtual ones: --camera virtual:imx219 virtual:imx708`,
    );
  }
  throw new UsageError('there is no camera that has a number: name one by its spec (see genlock cameras)');
}
