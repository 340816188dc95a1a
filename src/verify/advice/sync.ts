import { Advice } from '../../advice.ts';
import type { Take } from '../../record/take.ts';
import type { Report } from '../alignment.ts';
import { listed } from './words.ts';

/** Cameras that never came into their places. */
export function lockAdvice(take: Take): Advice[] {
  const late = (take.troubles ?? []).filter(({ kind }) => kind === 'not-locked-in-time');
  const deaf = late
    .filter(({ state }) => state === 'waiting' || state === 'starting')
    .flatMap(({ camera }) => camera ?? []);
  const far = late.map(({ camera }) => camera).filter((camera) => camera !== undefined && !deaf.includes(camera));
  return [
    ...(deaf.length > 0
      ? [
          new Advice(
            'not-locked-in-time',
            `${listed(deaf)} heard nothing of the server: genlock doctor tries the network; {interface} says where messages go out`,
          ),
        ]
      : []),
    ...(far.length > 0
      ? [
          new Advice(
            'not-locked-in-time',
            `${listed(far as string[])} heard the server and was never in its place for long enough: record with less at work on this computer, or give it more time with {lockTimeout}`,
          ),
        ]
      : []),
  ];
}

/** Another server that was heard: of interest where something is wrong, or a camera can't tell the two apart. */
export function otherServerAdvice(take: Take, report: Report | undefined): Advice[] {
  const other = (take.troubles ?? []).find(({ kind }) => kind === 'other-server');
  if (other === undefined) return [];
  const good = take.state === 'complete' && report !== undefined && report.verdict !== 'not locked';
  const own = take.cameras.some(({ stock }) => stock !== undefined);
  if (good && !own) return [];
  const who = other.from === undefined ? 'another take' : `another take (${other.from})`;
  return [
    new Advice(
      'other-server',
      `${who} uses this group and port: give each take a port of its own, {port} ${take.sync.port + 1}`,
    ),
  ];
}
