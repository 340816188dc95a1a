/*
 * How surely `verify` tells a copy of a panel from a second camera: the errors of the panels' cells, in drawn takes of
 * 60 frames that are encoded and read, and how many are called copies.
 *
 *     npx tsx bench/same-clock.ts [TAKES a line, 40]
 *
 * Exit 1 where two cameras are called one, or copies of the quality that is promised are not.
 */
import { ALIKE, copied, KEPT, LARGER, type Likeness } from '../src/verify/same-clock.ts';
import { likenessOf, type TwoFiles } from './same-clock-trial.ts';

const takes = Number(process.argv[2] ?? 40);
if (!(takes >= 1)) throw new Error('usage: npx tsx bench/same-clock.ts [TAKES]');
const SIZES = [
  [160, 120],
  [320, 240],
  [640, 480],
] as const;
const ultrafast = (crf: number) => ({ preset: 'ultrafast', crf });
type Case = [string, Omit<TwoFiles, 'width' | 'height' | 'seed'>, promised?: boolean];

const same = [ultrafast(23), ultrafast(23)] as const;
const CAMERAS: Case[] = [
  ...[0, 0.3, 1, 3, 10, 100].map((jitterUs): Case => [`in step to ${jitterUs} us`, { encoders: same, jitterUs }]),
  ...[5, 50].map((constantUs): Case => [`${constantUs} us apart`, { encoders: same, constantUs }]),
  ['in step, noise of 2 levels', { encoders: same, noise: 2 }],
  ...[18, 22, 24, 28].map((crf): Case => [`in step, crf 23 and ${crf}`, { encoders: [ultrafast(23), ultrafast(crf)] }]),
  ['in step, crf 18 and 28', { encoders: [ultrafast(18), ultrafast(28)] }],
  ['in step, crf 18 both', { encoders: [ultrafast(18), ultrafast(18)] }],
  ['in step, crf 28 both', { encoders: [ultrafast(28), ultrafast(28)] }],
];
const again = (preset: string, crf: number) => [ultrafast(23), { preset, crf }] as const;
const COPIES: Case[] = (['copy', 'paste'] as const).flatMap((made) =>
  [
    ...[12, 18, 23, 28].map((crf): [string, number, boolean] => ['ultrafast', crf, true]),
    ...[12, 18, 23].map((crf): [string, number, boolean] => ['medium', crf, crf < 18]),
  ].map(
    ([preset, crf, promised]): Case => [
      `${made}, ${preset} crf ${crf}`,
      { made, encoders: again(preset, crf) },
      promised,
    ],
  ),
);

/**
 * By how many standard deviations of what takes show two cameras are short of what is asked of a copy: of the condition
 * that they are shortest of, since all must be met. 4.8 are one in a million.
 */
function shortBy(seen: readonly Likeness[]): number {
  const of = (limit: number, values: readonly number[]): number => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return (limit - mean) / Math.sqrt(squares / (values.length - 1));
  };
  return Math.max(
    of(
      ALIKE,
      seen.map(({ alike }) => alike),
    ),
    of(
      KEPT,
      seen.map(({ kept }) => kept),
    ),
    of(
      LARGER,
      seen.map(({ alike, kept }) => kept / alike),
    ),
  );
}

/** Lowest and highest. */
const span = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(2)} - ${Math.max(...values).toFixed(2)}`;

console.log(
  '| picture | what | takes | called one | alike | kept | kept / alike | short by, sigmas |\n|---|---|---|---|---|---|---|---|',
);
for (const [width, height] of SIZES) {
  for (const [what, files, promised] of [...CAMERAS, ...COPIES]) {
    const seen: Likeness[] = [];
    for (let seed = 1; seed <= takes; seed++) seen.push(likenessOf({ ...files, width, height, seed }));
    const found = seen.filter(copied).length;
    const spans = [seen.map((s) => s.alike), seen.map((s) => s.kept), seen.map((s) => s.kept / s.alike)].map(span);
    const short = files.made === undefined && takes > 1 ? shortBy(seen).toFixed(1) : '';
    console.log(`| ${[`${width}x${height}`, what, takes, found, ...spans, short].join(' | ')} |`);
    if (files.made === undefined ? found > 0 : promised && found < takes) process.exitCode = 1;
  }
}
