import { runScenario } from './run-scenario.ts';
import { anyWorld } from './scenarios/anything.ts';
import { lockedIsLocked } from './scenarios/musts.ts';

/** How a client of a world of anything keeps its word: whenever it says locked, it is within its stated bound. */
export interface Word {
  readonly seed: number;
  readonly camera: string;
  /**
   * Frames of which it said that it is locked; those of them that were off by more than it stated; how many times that
   * at most.
   */
  readonly lockedFrames: number;
  readonly outsideFrames: number;
  readonly worstOutside: number;
  /** What must hold and does not. */
  readonly failure: string | undefined;
}

/** Runs the world of a seed: a word for each client that its controller takes. */
export function wordsOf(seed: number): Word[] {
  const scenario = { name: 'anything', about: '', limits: '', variants: [anyWorld(seed)] };
  return runScenario(scenario, { seed }).clients.flatMap((client) => {
    if (client.ours === null) return [];
    const { lockedFrames, outsideFrames, worstOutside } = client.ours;
    const { camera } = client;
    return [{ seed, camera, lockedFrames, outsideFrames, worstOutside, failure: lockedIsLocked(client) }];
  });
}
