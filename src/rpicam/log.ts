/*
 * What rpicam-vid says on stderr: libcamera's log lines (`[h:mm:ss.nnnnnnnnn] [thread]  LEVEL Category file.cpp:line
 * text`) and rpicam's own.
 */

/** A line that matters to a take. */
export type StockEvent = {
  /** rpicam's own words, without time, thread and place in the source. */
  readonly words: string;
  /** What it means, in one line that holds rpicam's words. */
  readonly text: string;
} & (
  | { readonly kind: 'sync-mode'; readonly role: 'server' | 'client' }
  /** The ready time has come; the difference is the first frame's distance from it. */
  | { readonly kind: 'sync-achieved'; readonly differenceUs: number }
  /** The recording ended as asked: by its time or its frames. */
  | { readonly kind: 'halting' }
  | { readonly kind: 'dropped' }
  /** The sensor sends nothing; rpicam-vid starts it anew, and the recording has a gap. */
  | { readonly kind: 'stalled' }
  | { readonly kind: 'in-use' | 'no-memory' | 'no-camera' }
  /** Any other error. `usage`: what it was asked for is wrong, not what it did. */
  | { readonly kind: 'error'; readonly usage: boolean }
  | { readonly kind: 'warning' }
);

interface Pattern {
  readonly kind: 'dropped' | 'stalled' | 'in-use' | 'no-memory' | 'no-camera';
  readonly words: RegExp;
  readonly meaning: string;
}

/** By the words alone: categories, files and lines move from version to version. */
const PATTERNS: readonly Pattern[] = [
  {
    kind: 'no-camera',
    words: /no cameras available|selected camera is not available/i,
    meaning: 'there is no such camera; rpicam-vid --list-cameras shows those that are connected',
  },
  {
    kind: 'in-use',
    words: /failed to acquire camera|pipeline handler in use by another process/i,
    meaning: 'another program uses the camera; end it first',
  },
  {
    kind: 'no-memory',
    words: /failed to allocate (capture )?buffers|dmaHeap allocation failure|cannot allocate memory/i,
    meaning:
      'no memory for its buffers; record smaller pictures, or make the CMA heap larger (dtoverlay=vc4-kms-v3d,cma-512)',
  },
  {
    kind: 'stalled',
    words: /device timeout detected|camera frontend has timed out|dequeue timer of .* has expired/i,
    meaning: "the sensor stopped sending pictures; check the camera's cable and the power supply",
  },
  {
    kind: 'dropped',
    words: /dropping unmatched input frame|dropp(ed|ing) (a )?frame|frame (was |has been )?dropped/i,
    meaning: 'the camera dropped a frame',
  },
];

/** Errors of the command line itself, which rpicam-vid finds before it opens a camera. */
const USAGE =
  /unrecognised option|for option '|option '.*' is (invalid|missing|ambiguous)|invalid time string|incorrect sync value|incompatible options/i;

/** The words of terminals' colours, which libcamera writes where stderr is one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character.
const COLOURS = /\x1b\[[\d;]*m/g;

/** Reads one line of stderr. Undefined where it says nothing that matters. */
export function readLogLine(line: string): StockEvent | undefined {
  const plain = line.replace(COLOURS, '').trim();
  const logged = /^\[[\d:.]+\] \[\d+\] +([A-Z]+) \S+ \S+:\d+ (.*)$/.exec(plain);
  const thrown = /^ERROR: (?:\*\*\* )?(.*?)(?: \*\*\*)?$/.exec(plain);
  const warned = /^WARNING: (.*)$/.exec(plain);
  const words = logged?.[2] ?? thrown?.[1] ?? warned?.[1] ?? plain;

  const mode = /^Sync mode set to (server|client)/.exec(words)?.[1];
  if (mode === 'server' || mode === 'client')
    return { kind: 'sync-mode', role: mode, words, text: `runs as sync ${mode} (${words})` };
  const achieved = /Sync achieved! Difference (-?\d+)us/.exec(words)?.[1];
  if (achieved !== undefined) {
    const bare = words.replace(/^\*+ */, '');
    return { kind: 'sync-achieved', differenceUs: Number(achieved), words: bare, text: `is in sync (${bare})` };
  }
  if (/^Halting: /.test(words)) return { kind: 'halting', words, text: `has come to its end (${words})` };
  for (const { kind, words: pattern, meaning } of PATTERNS) {
    if (pattern.test(words)) return { kind, words, text: `${meaning} (rpicam-vid: ${words})` };
  }
  const what = /^\s*what\(\): +(.*)$/.exec(plain)?.[1];
  const level = logged?.[1];
  if (thrown || what !== undefined || level === 'ERROR' || level === 'FATAL') {
    const said = what ?? words;
    return { kind: 'error', usage: USAGE.test(said), words: said, text: `failed (rpicam-vid: ${said})` };
  }
  if (warned || level === 'WARN') return { kind: 'warning', words, text: `rpicam-vid warns: ${words}` };
  return undefined;
}
