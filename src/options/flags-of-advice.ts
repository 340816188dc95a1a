import type { Advice } from '../advice.ts';

/**
 * How a command line names options, for whoever tells advice. The table of all options is loaded where there is any
 * advice: most proofs have none.
 */
export async function flagsFor({
  advice,
}: {
  readonly advice: readonly Advice[];
}): Promise<(option: string) => string> {
  return advice.length === 0 ? (option) => option : (await import('./flags.ts')).flagFor;
}
