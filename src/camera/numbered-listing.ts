import { BACKENDS } from './backends.ts';
import { listCameras } from './listing.ts';

/** The numbered cameras that this program opens, as `rpicam-vid --list-cameras` lists its own. */
export async function numberedListing(): Promise<string> {
  const lists = await Promise.all(BACKENDS.map((each) => (each.program === undefined ? each.list?.() : undefined)));
  const cameras = lists.flatMap((found) => found?.cameras ?? []);
  return listCameras(
    cameras.flatMap(({ number, model, spec, sensor }) =>
      number === undefined || sensor === undefined ? [] : { number, model, id: spec, ...sensor },
    ),
  );
}
