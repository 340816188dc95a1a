import type { FilterContext, FilterGraph } from 'node-av/lib';
import { FailureError } from '../errors.ts';
import type { Libav } from './load.ts';

/** Where frames go into filters, and where they come out. */
export interface FilterEnds {
  readonly source: FilterContext;
  readonly sink: FilterContext;
}

/** What stands in a graph, by FFmpeg's names. */
export interface Filters {
  /** `buffer` or `abuffer`, and what it is told of the frames. */
  readonly source: string;
  readonly frames: string;
  readonly sink: string;
  /** What is between the two. */
  readonly chain: string;
}

/**
 * Puts filters into a graph, ready for frames.
 * @throws FailureError where this build of node-av lacks one of them, or can't do it.
 */
export async function filterEnds(libav: Libav, graph: FilterGraph, filters: Filters): Promise<FilterEnds> {
  const { Filter, FilterInOut, FFmpegError } = libav;
  const add = (kind: string, name: string, args?: string): FilterContext => {
    const filter = Filter.getByName(kind);
    const made = filter && graph.createFilter(filter, name, args);
    if (!made) throw new FailureError(`this build of node-av has no filter ${kind} that takes ${args ?? 'nothing'}`);
    return made;
  };
  const check = (code: number): void => {
    if (code >= 0) return;
    throw new FailureError(`this build of node-av can't filter by ${filters.chain}: ${FFmpegError.strerror(code)}`);
  };
  graph.alloc();
  const ends = { source: add(filters.source, 'in', filters.frames), sink: add(filters.sink, 'out') };
  const from = FilterInOut.createList([{ name: 'in', filterCtx: ends.source, padIdx: 0 }]);
  const to = FilterInOut.createList([{ name: 'out', filterCtx: ends.sink, padIdx: 0 }]);
  check(graph.parsePtr(filters.chain, to, from));
  check(await graph.config());
  return ends;
}
